import { createSdkMcpServer, type McpSdkServerConfigWithInstance, tool } from '@anthropic-ai/claude-agent-sdk/core';
import * as z from 'zod';
import { type Answer, type Request, type ScheduleRequest, TEXT_MAX_CHARS } from '../../../src/protocol/index.ts';
import type { ToolHost } from '../agent/agent.ts';
import { remember } from '../agent/memory.ts';
import { approvalOfCheck, denialOf } from '../consent/tool-permissions.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { makeGithubTool } from './github.ts';
import { makeScheduleTools } from './schedules.ts';

// Roost's own tools for the agent: reach the person, remember, propose deep work. The schedule tools are in
// schedules.ts, the one in place of gh in github.ts. They run in this process and keep nothing; the caller journals their requests.

/** Longer than any attempt: attempts/pending-requests.ts decides how long to wait for an answer. */
const CALL_MS = 24 * 3_600_000;
const INSTRUCTIONS = `The person reads on a phone and sees only your answers and what these tools send. Use ask_person
only for what you can’t find out or decide yourself. This machine sleeps between turns, so a command that waits doesn’t
survive: for anything that should happen later, create a schedule with schedule_create.`;

const NOBODY: Answer = {
  kind: 'done',
  ok: false,
  text: 'The person can’t be reached right now. Say it in your next answer.',
};

type Said = { content: { type: 'text'; text: string }[]; isError?: boolean };
type Call = { _meta?: Record<string, unknown>; signal?: AbortSignal };

const said = (text: string, isError = false): Said => ({
  content: [{ type: 'text', text }],
  ...(isError ? { isError } : {}),
});

/** `asksFirst`: commands need the person's consent. `more`: tools for this project. */
export function makeRoostTools(
  workspace: Workspace,
  host: ToolHost,
  asksFirst: boolean,
  more: ReturnType<typeof makeGithubTool>[],
): McpSdkServerConfigWithInstance {
  const answerTo = async (request: Request, extra: unknown): Promise<Answer> => {
    const { _meta: meta, signal } = extra as Call;
    const serving = host();
    if (!serving) return NOBODY;
    const id = String(meta?.['claudecode/toolUseId'] ?? crypto.randomUUID());
    return serving.ask(id, request, signal ?? new AbortController().signal);
  };
  const ask = async (request: Request, extra: unknown): Promise<Said> => outcome(await answerTo(request, extra));
  // Checked here and not in the permission check, which a rule of the project's settings could bypass.
  const schedule = async (wish: ScheduleRequest, extra: unknown): Promise<Said> => {
    const check = 'check' in wish ? wish.check : undefined;
    const denied = asksFirst && check ? denialOf(await answerTo(approvalOfCheck(check), extra)) : null;
    return denied === null ? ask({ kind: 'schedule', wish }, extra) : said(denied, true);
  };
  return createSdkMcpServer({
    name: 'roost',
    version: '1',
    alwaysLoad: true,
    timeout: CALL_MS,
    instructions: INSTRUCTIONS,
    tools: [
      tool(
        'send_message',
        'Sends the person a message right away while you keep working. Use it for news they should not have to wait for. Your final answer is sent automatically.',
        { text: z.string().min(1).max(TEXT_MAX_CHARS).describe('plain Markdown, short') },
        async ({ text }, extra) => ask({ kind: 'send_message', text }, extra),
      ),
      tool(
        'send_file',
        'Sends the person a file from the project.',
        {
          path: z.string().min(1).max(4096).describe('path of the file in the project'),
          caption: z.string().max(1000).optional(),
        },
        async ({ path, caption }, extra) => {
          const offered = await host()?.offer(path);
          if (!offered) return outcome(NOBODY);
          if ('refused' in offered) return said(offered.refused, true);
          return ask({ kind: 'send_file', file: offered, caption: caption ?? '' }, extra);
        },
      ),
      tool(
        'ask_person',
        'Asks the person a question and waits for the answer, which may take minutes. If a few answers are likely, offer up to three options; the person can always answer something else.',
        {
          question: z.string().min(1).max(4000),
          options: z.array(z.string().min(1).max(1000)).max(10).optional().describe('short, at most ten'),
        },
        async ({ question, options }, extra) => ask({ kind: 'ask', question, options: options ?? [] }, extra),
      ),
      tool(
        'remember',
        'Remembers one fact about the person or how they like things done, permanently and in all their projects.',
        { fact: z.string().min(1).max(500) },
        async ({ fact }) => {
          const remembered = remember(workspace, fact);
          return remembered.ok ? said('Remembered.') : said(remembered.reason, true);
        },
      ),
      tool(
        'propose_deep',
        'Proposes a deep-work session to the person: hours of work during which they stay in touch with you. They decide.',
        { reason: z.string().min(1).max(1000).describe('why, in one sentence addressed to the person') },
        async ({ reason }, extra) => ask({ kind: 'propose_deep', reason }, extra),
      ),
      ...makeScheduleTools(schedule),
      ...more,
    ],
  });
}

function outcome(answer: Answer): Said {
  switch (answer.kind) {
    case 'text':
    case 'none':
      return said(answer.text || 'The person gave no answer.');
    case 'decision':
      return said([answer.decision === 'allow' ? 'Yes.' : 'No.', answer.reason].join(' ').trim());
    case 'done':
      return said(answer.text || (answer.ok ? 'Done.' : 'That didn’t work.'), !answer.ok);
  }
}
