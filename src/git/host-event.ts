import * as z from 'zod/mini';
import { DefaultBranch, type PullRequest, PullRequestShape, pullRequestOf, Sha } from './pull-request.ts';
import { shownWords } from './shown-words.ts';

// Reads the body of a webhook of GitHub's. Only what a conversation may tell is read; everything else is null.

export type Review = { id: string; verdict: 'approved' | 'changes' | 'comments'; author: string };
/**
 * `repository`: its key by name; `id`: by the host's id, which a rename doesn't change. `defaultBranch`: null if the host
 * doesn't say. `at`: when it happened, by the host's clock.
 */
export type HostEvent = Named & { at: number } & (
    | { what: 'opened' | 'changed' | 'closed'; pull: PullRequest }
    | { what: 'review'; pull: PullRequest; review: Review }
    /** `numbers`: of the pull requests with this commit, if the host says. */
    | { what: 'check-failed'; head: string; numbers: readonly number[]; name: string }
  );

type Named = { repository: string; id: string; defaultBranch: string | null };

const NAME_CHARS = 60;
const NUMBERS_MAX = 20;

const Repository = z.looseObject({
  id: z.int().check(z.positive()),
  full_name: z.string().check(z.regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/)),
  default_branch: DefaultBranch,
});
const Time = z.string().check(z.maxLength(40));
const Sent = z.looseObject({ action: z.optional(z.string()), repository: Repository });
const Pulled = z.extend(Sent, { pull_request: z.extend(PullRequestShape, { updated_at: z.optional(Time) }) });
/** In the event of a review the pull request lacks its counts. */
const Reviewed = z.extend(Pulled, {
  review: z.looseObject({
    id: z.int(),
    state: z.string(),
    submitted_at: z.optional(z.nullable(Time)),
    user: z.nullable(z.looseObject({ login: z.string() })),
    body: z.optional(z.nullable(z.string())),
  }),
});
const Checked = z.extend(Sent, {
  check_run: z.looseObject({
    name: z.string(),
    head_sha: Sha,
    conclusion: z.nullable(z.string()),
    completed_at: z.optional(z.nullable(Time)),
    pull_requests: z.optional(z.nullable(z.array(z.looseObject({ number: z.int() })))),
  }),
});
const Stated = z.extend(Sent, {
  sha: Sha,
  state: z.string(),
  context: z.string(),
  updated_at: z.optional(Time),
});

const FAILED: readonly string[] = ['failure', 'timed_out', 'startup_failure', 'action_required'];
const ACTIONS = {
  opened: 'opened',
  reopened: 'opened',
  ready_for_review: 'opened',
  synchronize: 'changed',
  edited: 'changed',
  closed: 'closed',
} as const;
const VERDICTS = { approved: 'approved', changes_requested: 'changes', commented: 'comments' } as const;

/** The key of a repository, whichever spelling its name has. */
export const repositoryKey = (host: string, path: string): string => `${host}/${path}`.toLowerCase();
export const repositoryIdKey = (host: string, id: string): string => `${host}#${id}`;

/**
 * `name`: of the event (`X-GitHub-Event`). Null: nobody is told of it. `malformed`: it isn't the host's shape.
 * `host`: of the host that signed it.
 */
export function readHostEvent(name: string, body: unknown, host: string, now: number): HostEvent | null | 'malformed' {
  const read = readers[name];
  if (read === undefined) return null;
  const event = read(body, now);
  if (event === null || event === 'malformed') return event;
  return { ...event, repository: repositoryKey(host, event.repository), id: repositoryIdKey(host, event.id) };
}

type Read = (body: unknown, now: number) => HostEvent | null | 'malformed';

const readers: Readonly<Record<string, Read | undefined>> = Object.assign(Object.create(null) as object, {
  pull_request: readPullRequest,
  pull_request_review: readReview,
  check_run: readCheck,
  status: readStatus,
});

function readPullRequest(body: unknown, now: number): HostEvent | null | 'malformed' {
  const said = Pulled.safeParse(body);
  if (!said.success) return 'malformed';
  const { action = '', repository, pull_request } = said.data;
  if (!Object.hasOwn(ACTIONS, action)) return null;
  const what = ACTIONS[action as keyof typeof ACTIONS];
  const at = timeOf(pull_request.updated_at, now);
  return { ...namesOf(repository), at, what, pull: pullRequestOf(pull_request) };
}

function readReview(body: unknown, now: number): HostEvent | null | 'malformed' {
  const said = Reviewed.safeParse(body);
  if (!said.success) return 'malformed';
  const { action, repository, pull_request, review } = said.data;
  const state = review.state.toLowerCase();
  if (action !== 'submitted' || !Object.hasOwn(VERDICTS, state)) return null;
  return {
    ...namesOf(repository),
    at: timeOf(review.submitted_at, now),
    what: 'review',
    pull: pullRequestOf(pull_request),
    review: {
      id: String(review.id),
      verdict: VERDICTS[state as keyof typeof VERDICTS],
      author: shownWords(review.user?.login ?? '', NAME_CHARS) || 'somebody',
    },
  };
}

function readCheck(body: unknown, now: number): HostEvent | null | 'malformed' {
  const said = Checked.safeParse(body);
  if (!said.success) return 'malformed';
  const { action, repository, check_run } = said.data;
  const { conclusion, head_sha, name, pull_requests } = check_run;
  if (action !== 'completed' || !FAILED.includes(conclusion ?? '')) return null;
  const numbers = (pull_requests ?? []).slice(0, NUMBERS_MAX).map(({ number }) => number);
  return failed(namesOf(repository), timeOf(check_run.completed_at, now), { head: head_sha, numbers, name });
}

function readStatus(body: unknown, now: number): HostEvent | null | 'malformed' {
  const said = Stated.safeParse(body);
  if (!said.success) return 'malformed';
  const { repository, sha, state, context, updated_at } = said.data;
  if (state !== 'failure' && state !== 'error') return null;
  return failed(namesOf(repository), timeOf(updated_at, now), { head: sha, numbers: [], name: context });
}

const failed = (
  names: Named,
  at: number,
  { head, numbers, name }: { head: string; numbers: number[]; name: string },
): HostEvent => ({
  ...names,
  at,
  what: 'check-failed',
  head,
  numbers,
  name: shownWords(name, NAME_CHARS) || 'a check',
});

const namesOf = ({ full_name, id, default_branch }: z.infer<typeof Repository>): Named => ({
  repository: full_name,
  id: String(id),
  defaultBranch: default_branch ?? null,
});

/** The host's time, or now where it says none. */
function timeOf(text: string | null | undefined, now: number): number {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? now : at;
}
