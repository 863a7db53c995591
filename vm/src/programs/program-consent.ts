import type { Request, StartAttempt } from '../../../src/protocol/index.ts';
import type { AgentHost } from '../agent/agent.ts';
import { denialOf, SUMMARY_MAX } from '../consent/tool-permissions.ts';
import type { ProgramDecision, ProgramPart, ProgramTable } from '../journal/program-table.ts';
import type { ApprovalPolicy } from '../process/sandbox.ts';
import { prepareProject } from '../workspace/project-folder.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import { describeChanges } from './program-diff.ts';
import { type Programs, readPrograms } from './programs.ts';

// Decides whether a project's programs may start: only with the person's consent to their exact current content.
// Decisions are in the table; open questions are in memory.

const SHOWN_MAX = 50_000;
const NAMES_MAX = 500;

type Scope = { conversation: string; project: string };
type Standing = NonNullable<StartAttempt['programs']>;
type Setup = { dataDir: string; policy: ApprovalPolicy; table: ProgramTable };

const UNCONFINABLE =
  'This project’s own hooks and tool servers can’t be confined on this system, so they aren’t started. If the person misses them, say so: they start on Linux with bubblewrap 0.8 or newer, or with `npm start -- --unconfined`, where nothing confines you.';

export class ProgramConsent {
  readonly #setup: Setup;
  readonly #asking = new Map<string, Promise<ProgramDecision>>();

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  /** The programs that the project would start; null if there are none or none can be started here. */
  find({ conversation, project }: Scope): Programs | null {
    const { dataDir, policy } = this.#setup;
    if (!canStart(policy)) return null;
    const workspace = workspaceOf(dataDir, conversation);
    return readPrograms(
      workspace,
      prepareProject(workspace, project),
      policy.approvals === 'ask' && policy.isSandboxed,
    );
  }

  /** For the agent: why none of the project's programs can be started here; null if there are none, or if they can. */
  whyNone({ conversation, project }: Scope): string | null {
    const { dataDir, policy } = this.#setup;
    if (policy.approvals === 'auto' || canStart(policy)) return null;
    const workspace = workspaceOf(dataDir, conversation);
    return readPrograms(workspace, prepareProject(workspace, project), true) && UNCONFINABLE;
  }

  /** Takes over the decisions the relay lists. True: something else is allowed than before. */
  heard(scope: Scope, { allowed, denied }: Standing): boolean {
    const standing = new Map<string, ProgramDecision>(denied.map((digest) => [digest, 'deny']));
    for (const digest of allowed) standing.set(digest, 'allow');
    return this.#setup.table.keepOnly(scope, standing, Date.now());
  }

  isAllowed(scope: Scope, { digest }: Programs): boolean {
    return this.#setup.table.decision(scope, digest, Date.now()) === 'allow';
  }

  /** Whether the programs may start with their current content. Asks the person if they haven't decided yet. */
  async mayStart(scope: Scope, host: AgentHost | null, signal: AbortSignal): Promise<boolean> {
    return (await this.#decide(scope, host, signal)) === 'allow';
  }

  /** Like `mayStart`, but true only when the person has just allowed the programs. */
  async askFirst(scope: Scope, host: AgentHost, signal: AbortSignal): Promise<boolean> {
    const found = this.find(scope);
    if (!found || this.isAllowed(scope, found)) return false;
    return this.mayStart(scope, host, signal);
  }

  async #decide(scope: Scope, host: AgentHost | null, signal: AbortSignal): Promise<ProgramDecision> {
    const found = this.find(scope);
    if (!found) return 'deny';
    const known = this.#setup.table.decision(scope, found.digest, Date.now());
    if (known || !host) return known ?? 'deny';
    const key = `${scope.conversation}/${scope.project}/${found.digest}`;
    const asking = this.#asking.get(key) ?? this.#ask(scope, found, host, signal);
    this.#asking.set(key, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(key);
    }
  }

  async #ask(scope: Scope, found: Programs, host: AgentHost, signal: AbortSignal): Promise<ProgramDecision> {
    const { table } = this.#setup;
    const { digest, parts } = found;
    const request = approvalOfPrograms(found, table.allowedBefore(scope));
    const answer = await host.ask(`programs-${digest.slice(0, 16)}`, request, signal);
    const decision = denialOf(answer) === null ? 'allow' : 'deny';
    if (decision === 'allow' || !signal.aborted) table.decide(scope, digest, parts, decision, Date.now());
    return decision;
  }
}

/** If commands are confined, these programs must be confined too. */
function canStart(policy: ApprovalPolicy): boolean {
  return policy.approvals === 'ask' && (!policy.isSandboxed || policy.confinesPrograms);
}

/** Everything that would be started, or the changes if an earlier content was allowed. */
function approvalOfPrograms(found: Programs, before: readonly ProgramPart[] | null): Request {
  const { parts, digest } = found;
  const [programs, ...files] = parts;
  const text = before
    ? describeChanges(before, parts)
    : [programs?.text, describeChanges([], files)].filter(Boolean).join('\n\n');
  const said = before
    ? 'The programs this project starts automatically have changed:'
    : 'Programs this project wants to start automatically:';
  const summary = `${said}\n${cut(text, SUMMARY_MAX)}`;
  const does = before ? 'restart' : 'start';
  return {
    kind: 'approve',
    tool: 'Programs',
    summary,
    rule: `Programs(sha256:${digest}, ${namesOf(found)})`,
    does,
    shown: whole(text),
  };
}

/** For the list of programs that the person has allowed. */
function namesOf({ hooks, local, remote }: Programs): string {
  const events = new Set(hooks.map(({ event }) => `${event} hook`));
  return cut([...events, ...[...local, ...remote].map(({ name }) => `${name} server`)].join(', '), NAMES_MAX);
}

/** Consent covers the whole content, so the text says when there wasn't room to show all of it. */
function whole(text: string): string {
  if (text.length <= SHOWN_MAX) return text;
  return `${text.slice(0, SHOWN_MAX)}…\n\n(${text.length} characters in total. Approve also covers what isn’t shown here: look at these files before you approve.)`;
}

const cut = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max)}… (${text.length} characters in total)`;
