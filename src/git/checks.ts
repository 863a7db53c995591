import * as z from 'zod/mini';
import { shownWords } from './shown-words.ts';

// The checks of a commit, as people are told of them: GitHub's check runs, and the older statuses.

export type Check = { name: string; state: 'passed' | 'failed' | 'running' | 'skipped'; url: string | null };

/** `isWhole`: false when the account may not read them all. `unread`: how many more the host has than it gave. */
export type Checks = { list: readonly Check[]; isWhole: boolean; unread: number };

/** Of each kind: a page of the host has no more. */
export const CHECKS_READ = 100;
const NAME_CHARS = 60;

const Count = z.optional(z.int().check(z.nonnegative()));
const Link = z.optional(z.nullable(z.string()));
export const CheckRuns = z.looseObject({
  total_count: Count,
  check_runs: z.array(
    z.looseObject({ name: z.string(), status: z.string(), conclusion: z.nullable(z.string()), html_url: Link }),
  ),
});
export const Statuses = z.looseObject({
  total_count: Count,
  statuses: z.array(z.looseObject({ context: z.string(), state: z.string(), target_url: Link })),
});

export const countChecks = (checks: readonly Check[], state: Check['state']): number =>
  checks.filter((check) => check.state === state).length;

/** Null: the account may not read that kind. */
export function checksOf(runs: z.infer<typeof CheckRuns> | null, statuses: z.infer<typeof Statuses> | null): Checks {
  const ofRuns = (runs?.check_runs ?? []).map((run) => checkOf(run.name, stateOfRun(run), run.html_url));
  const ofStatuses = (statuses?.statuses ?? []).map((each) =>
    checkOf(each.context, stateOfStatus(each.state), each.target_url),
  );
  const list = [ofRuns, ofStatuses].flatMap((kind) => kind.slice(0, CHECKS_READ));
  const all = Math.max(runs?.total_count ?? 0, ofRuns.length) + Math.max(statuses?.total_count ?? 0, ofStatuses.length);
  return { list, isWhole: runs !== null && statuses !== null, unread: all - list.length };
}

const checkOf = (name: string, state: Check['state'], url: string | null | undefined): Check => ({
  name: shownWords(name, NAME_CHARS) || 'a check',
  state,
  url: url != null && /^https?:\/\/[\x21-\x7e]{1,400}$/.test(url) ? url : null,
});

function stateOfRun({ status, conclusion }: { status: string; conclusion: string | null }): Check['state'] {
  if (status !== 'completed') return 'running';
  if (conclusion === 'success' || conclusion === 'neutral') return 'passed';
  return conclusion === 'skipped' || conclusion === 'stale' ? 'skipped' : 'failed';
}

const stateOfStatus = (state: string): Check['state'] =>
  state === 'success' ? 'passed' : state === 'pending' ? 'running' : 'failed';
