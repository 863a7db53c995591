import { createSdkMcpServer, type McpSdkServerConfigWithInstance, tool } from '@anthropic-ai/claude-agent-sdk';
import * as z from 'zod';
import type { Answer, Request, ScheduleWish } from '../../../src/protocol/index.ts';
import type { AgentHost } from '../agent/agent.ts';
import { approvalOfCheck, refusal } from '../agent/approvals.ts';
import { remember } from '../agent/memory.ts';
import type { Workspace } from '../agent/workspace.ts';
import { scheduleTools } from './schedules.ts';

// The tools the agent has besides its own: to reach the person and to remember; schedules.ts has those for later. They live
// in this process and keep nothing; what they ask is journalled by whoever serves them.

/** Longer than any attempt: how long an answer is waited for is decided in requests.ts. */
const CALL_MS = 24 * 3_600_000;
const INSTRUCTIONS = `The person reads on a phone and sees only what you answer and what these tools send. Ask with
ask_person only what you cannot find out and cannot decide yourself. This machine sleeps between turns: what is to happen
later survives that only as a schedule made with schedule_create, never as a command that waits.`;

const NOBODY: Answer = { kind: 'done', ok: false, text: 'Nobody can be reached now; say it in your next answer.' };

export type ToolHost = () => AgentHost | null;
type Said = { content: { type: 'text'; text: string }[]; isError?: boolean };
type Call = { _meta?: Record<string, unknown>; signal?: AbortSignal };

const said = (text: string, isError = false): Said => ({
  content: [{ type: 'text', text }],
  ...(isError ? { isError } : {}),
});

/** `asksFirst`: the person decides about commands before they are run. */
export function roostTools(place: Workspace, host: ToolHost, asksFirst: boolean): McpSdkServerConfigWithInstance {
  const answerTo = async (request: Request, extra: unknown): Promise<Answer> => {
    const { _meta: meta, signal } = extra as Call;
    const serving = host();
    if (!serving) return NOBODY;
    const id = String(meta?.['claudecode/toolUseId'] ?? crypto.randomUUID());
    return serving.ask(id, request, signal ?? new AbortController().signal);
  };
  const ask = async (request: Request, extra: unknown): Promise<Said> => outcome(await answerTo(request, extra));
  // Here and not where tools are let pass: a rule of the project's settings that allows the tool does not get around it.
  const schedule = async (wish: ScheduleWish, extra: unknown): Promise<Said> => {
    const check = 'check' in wish ? wish.check : undefined;
    const denied = asksFirst && check ? refusal(await answerTo(approvalOfCheck(check), extra)) : null;
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
        'Sends the person a message at once, while you go on working: for news they should not have to wait for. Your answer at the end is sent by itself.',
        { text: z.string().min(1).max(65_536).describe('plain Markdown, short') },
        async ({ text }, extra) => ask({ kind: 'send_message', text }, extra),
      ),
      tool(
        'send_file',
        'Sends the person a file of the project.',
        {
          path: z.string().min(1).max(4096).describe('of a file in the project'),
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
        'Asks the person a question and waits for the answer, which may take minutes. Give up to three options where a few answers are likely; the person may always answer something else.',
        {
          question: z.string().min(1).max(4000),
          options: z.array(z.string().min(1).max(1000)).max(10).optional().describe('short, at most ten'),
        },
        async ({ question, options }, extra) => ask({ kind: 'ask', question, options: options ?? [] }, extra),
      ),
      tool(
        'remember',
        'Keeps one fact about the person or how they want things done, for all their projects and for ever.',
        { fact: z.string().min(1).max(500) },
        async ({ fact }) => {
          const remembered = remember(place, fact);
          return remembered.ok ? said('Remembered.') : said(remembered.reason, true);
        },
      ),
      tool(
        'propose_deep',
        'Proposes to the person a long piece of work on which you two stay together for hours. They decide.',
        { reason: z.string().min(1).max(1000).describe('why, in one sentence to the person') },
        async ({ reason }, extra) => ask({ kind: 'propose_deep', reason }, extra),
      ),
      ...scheduleTools(schedule),
    ],
  });
}

function outcome(answer: Answer): Said {
  switch (answer.kind) {
    case 'text':
    case 'none':
      return said(answer.text || 'The person answered nothing.');
    case 'decision':
      return said([answer.decision === 'allow' ? 'Yes.' : 'No.', answer.reason].join(' ').trim());
    case 'done':
      return said(answer.text || (answer.ok ? 'Done.' : 'That did not work.'), !answer.ok);
  }
}
