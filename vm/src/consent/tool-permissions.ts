import { createHash } from 'node:crypto';
import type { CanUseTool, PermissionUpdate } from '@anthropic-ai/claude-agent-sdk';
import type { Answer, Request } from '../../../src/protocol/index.ts';
import type { AgentHost } from '../agent/agent.ts';
import { isPrivateHost, type Resolve, resolvePublic } from '../network/private-address.ts';
import { alwaysRuleOf } from './always-rules.ts';
import { SHOWN_MAX, showInput } from './shown-input.ts';

// Decides which uses of a tool need a person's consent, and words the request. Reads never get here: Claude Code allows
// them. shown-input.ts shows the content, and always-rules.ts says what may be always allowed. Keeps nothing; the question is
// journalled by the caller.

const SUMMARY_MAX = 1500;
const LINE_MAX = 900;
const EDITS = ['Edit', 'Write', 'NotebookEdit'];
/** Take nothing away and reach nobody: what they lead to is asked about itself. */
const HARMLESS = ['Skill', 'Task', 'TaskStop', 'ToolSearch', 'TodoWrite'];
/** Not to be had back, or seen by others. A courtesy: what holds is the sandbox, or the question about every command. */
const FINAL =
  /(^|[\s;&|(`])(rm|rmdir|unlink|shred|truncate|dd)\s|\sgit\s+(push|clean|reset\s+--hard)|^git\s+(push|clean|reset\s+--hard)|\s-delete\b/;
/** How one waits longer than Claude Code lets a plain `sleep` last. */
const WAITS = /^(\w+)=0; until \[ \$\1 -ge \d+ \]; do sleep \d+; \1=\$\(\(\1 \+ \d+\)\); done$/;

const PRIVATE =
  'This address belongs to this computer or its own network, and nobody can allow that. Don’t try another way.';

const tooLong = (length: number): string =>
  `The person must read this before it runs, and ${length} characters are too many to read. Split it into smaller steps.`;

type Use = { tool: string; input: Record<string, unknown>; reason?: string | undefined; isOurs: boolean };

export function isAllowedWithoutAsking({ tool, input, reason, isOurs }: Use, isSandboxed: boolean): boolean {
  if (isOurs || HARMLESS.includes(tool)) return true;
  // Outside the project they are refused before; a reason means that the file is one of those that others run.
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
    // After the yes: the question to a name server is sent outwards as well, with all the name says.
    const leadsInward = reached !== null && (await resolvePublic(reached, resolve)) === null;
    return leadsInward ? { behavior: 'deny', message: PRIVATE } : { behavior: 'allow', updatedInput: input };
  };
}

/** The host that this use of a tool would connect to. */
function addressIn(tool: string, { host, url }: Record<string, unknown>): string | null {
  if (tool === 'SandboxNetworkAccess') return String(host);
  if (tool !== 'WebFetch') return null;
  return URL.canParse(String(url)) ? new URL(String(url)).hostname : '';
}

/** A schedule's command runs when nobody looks, and is confined only where commands are at all: it is asked about as it is made. */
export const approvalOfCheck = (command: string): Request => approvalOf('Check', { command }, null);

/**
 * `shown` is the whole of what would be done. `summary` says it in a line, for a relay of the release before; `rule` is
 * what "always" covers where that is offered, else names just this. `suggestions`: null where it never is.
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

/** A rule must cover exactly what was shown: one that is too long is named by its hash. */
function fitting(rule: string): string {
  if (rule.length <= LINE_MAX) return rule;
  return `${rule.slice(0, 40)}… sha256:${createHash('sha256').update(rule).digest('hex')}`;
}

function shortened(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (shortened; ${text.length} characters in total)`;
}

/** On one line, its line breaks visible, without signs that nobody sees. */
const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/g, ' ⏎ ')
    .replace(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu, '?')
    .trim();

/** Why not, in words for the agent; null when it may. */
export function denialOf(answer: Answer): string | null {
  if (answer.kind === 'decision')
    return answer.decision === 'allow' ? null : answer.reason || 'The person said no. Don’t try another way.';
  return answer.text === '' ? 'Nobody approved this.' : answer.text;
}
