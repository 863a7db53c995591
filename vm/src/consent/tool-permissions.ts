import { createHash } from 'node:crypto';
import type { CanUseTool, PermissionUpdate } from '@anthropic-ai/claude-agent-sdk/core';
import type { Answer, Request } from '../../../src/protocol/index.ts';
import type { AgentHost } from '../agent/agent.ts';
import { isPrivateHost, type Resolve, resolvePublic } from '../network/private-address.ts';
import { alwaysRuleOf } from './always-rules.ts';
import { SHOWN_MAX, showInput } from './shown-input.ts';

// Decides which tool uses need the person's consent, and makes the request. Reads never get here: Claude Code allows
// them. shown-input.ts writes the content, always-rules.ts decides what may be always allowed. Keeps nothing; the
// caller journals the request.

export const SUMMARY_MAX = 1500;
const LINE_MAX = 900;
const EDITS = ['Edit', 'Write', 'NotebookEdit'];
/** Tools that remove nothing and reach nobody. The tool uses they lead to need their own consent. */
const HARMLESS = ['Skill', 'Task', 'TaskStop', 'ToolSearch', 'TodoWrite'];
/** Commands that can't be undone or that others see. A courtesy: the real guard is the sandbox, or asking each time. */
const FINAL =
  /(^|[\s;&|(`])(rm|rmdir|unlink|shred|truncate|dd)\s|\sgit\s+(push|clean|reset\s+--hard)|^git\s+(push|clean|reset\s+--hard)|\s-delete\b/;
/** A loop that waits longer than Claude Code allows a plain `sleep`. */
const WAITS = /^(\w+)=0; until \[ \$\1 -ge \d+ \]; do sleep \d+; \1=\$\(\(\1 \+ \d+\)\); done$/;

const PRIVATE =
  'This address belongs to this computer or its own network, and nobody can allow that. Don’t try another way.';

const tooLong = (length: number): string =>
  `The person must read this before it runs, and ${length} characters are too many to read. Split it into smaller steps.`;

type Use = { tool: string; input: Record<string, unknown>; reason?: string | undefined; isOurs: boolean };

export function isAllowedWithoutAsking({ tool, input, reason, isOurs }: Use, isSandboxed: boolean): boolean {
  if (isOurs || HARMLESS.includes(tool)) return true;
  // Edits outside the project were refused before. A reason means that other programs run the file.
  if (EDITS.includes(tool)) return reason === undefined;
  if (tool !== 'Bash' || typeof input.command !== 'string') return false;
  return WAITS.test(input.command) || (isSandboxed && !FINAL.test(input.command));
}

export function makePermissionCheck(isSandboxed: boolean, host: () => AgentHost | null, resolve?: Resolve): CanUseTool {
  return async (
    tool,
    input,
    { toolUseID, signal, suggestions, decisionReason, mcpServer, suppressAlwaysAllowRule },
  ) => {
    const isOurs = mcpServer?.source === 'sdk';
    if (isAllowedWithoutAsking({ tool, input, reason: decisionReason, isOurs }, isSandboxed))
      return { behavior: 'allow', updatedInput: input };
    const reached = addressIn(tool, input);
    if (reached !== null && isPrivateHost(reached)) return { behavior: 'deny', message: PRIVATE };
    const length = showInput(tool, input).text.length;
    if (length > SHOWN_MAX) return { behavior: 'deny', message: tooLong(length) };
    const serving = host();
    if (!serving) return { behavior: 'deny', message: 'Nobody can be asked for permission right now.' };
    const rules = suppressAlwaysAllowRule ? null : (suggestions ?? []);
    const answer = await serving.ask(toolUseID, approvalOf(tool, input, rules), signal);
    const denied = denialOf(answer);
    if (denied !== null) return { behavior: 'deny', message: denied };
    // Only after the yes: a DNS query also leaves this computer and carries the whole name.
    const leadsInward = reached !== null && (await resolvePublic(reached, resolve)) === null;
    return leadsInward ? { behavior: 'deny', message: PRIVATE } : { behavior: 'allow', updatedInput: input };
  };
}

/** The host that this tool use would connect to. */
function addressIn(tool: string, { host, url }: Record<string, unknown>): string | null {
  if (tool === 'SandboxNetworkAccess') return String(host);
  if (tool !== 'WebFetch') return null;
  return URL.canParse(String(url)) ? new URL(String(url)).hostname : '';
}

/** A schedule's command runs unattended, and confined only if commands are, so it needs consent when it is created. */
export const approvalOfCheck = (command: string): Request => approvalOf('Check', { command }, null);

/**
 * The request for consent to a tool use. `shown`: all that would be done. `summary`: one line, for a relay of the
 * previous release. `rule`: what "always" covers if it is offered, else a name for this use. `suggestions`: null if it
 * never is.
 */
export function approvalOf(
  tool: string,
  input: Record<string, unknown>,
  suggestions: readonly PermissionUpdate[] | null,
): Request {
  const { does, text } = showInput(tool, input);
  const line = oneLine(text);
  const rule = suggestions && alwaysRuleOf(tool, input, suggestions);
  return {
    kind: 'approve',
    tool: shortened(tool, LINE_MAX),
    summary: shortened(`${does}: ${line}`, SUMMARY_MAX),
    rule: rule ?? fitting(`${tool}(${line})`),
    does,
    shown: text,
    always: rule !== null,
  };
}

/** A rule must cover exactly what was shown, so a long rule is named by its hash. */
function fitting(rule: string): string {
  if (rule.length <= LINE_MAX) return rule;
  return `${rule.slice(0, 40)}… sha256:${createHash('sha256').update(rule).digest('hex')}`;
}

function shortened(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (shortened; ${text.length} characters in total)`;
}

/** On one line, with visible line breaks and without invisible characters. */
const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/g, ' ⏎ ')
    .replace(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu, '?')
    .trim();

/** Why the agent may not, in words for it; null when it may. */
export function denialOf(answer: Answer): string | null {
  if (answer.kind === 'decision')
    return answer.decision === 'allow' ? null : answer.reason || 'The person said no. Don’t try another way.';
  return answer.text === '' ? 'Nobody approved this.' : answer.text;
}
