import * as z from 'zod/mini';
import { CHECKS_READ, CheckRuns, type Checks, checksOf, Statuses } from '../git/checks.ts';
import { type PullRequest, PullRequestShape, pullRequestOf } from '../git/pull-request.ts';
import { shownWords } from '../git/shown-words.ts';
import { parseJson } from '../parse-json.ts';
import { callHost, type Failed, type HostApi, isFailed } from './api-call.ts';

// Pull requests, checks and merges by GitHub's REST API. `path`: of the repository, `owner/name`.

const PULLS_LISTED = 20;
/** A row of the database holds two million bytes. */
export const DIFF_BYTES_MAX = 1_000_000;

const nonsense = (what: string): Failed => ({ trouble: 'down', again: null, reason: `${what} has another shape` });

/** The open ones, the newest first. */
export async function readPulls(api: HostApi, path: string): Promise<{ pulls: PullRequest[] } | Failed> {
  const query = `state=open&sort=created&direction=desc&per_page=${PULLS_LISTED}`;
  const read = await readJson(api, `/repos/${path}/pulls?${query}`, z.array(PullRequestShape));
  return isFailed(read) ? read : { pulls: read.json.slice(0, PULLS_LISTED).map(pullRequestOf) };
}

/** `isMergeable`: null while the host finds out. `defaultBranch`: of the repository; null if the host doesn't say. */
export type ReadPull = { pull: PullRequest; isMergeable: boolean | null; defaultBranch: string | null };
const Mergeable = z.extend(PullRequestShape, { mergeable: z.optional(z.nullable(z.boolean())) });

export async function readPull(api: HostApi, path: string, number: number): Promise<ReadPull | Failed> {
  const read = await readJson(api, `/repos/${path}/pulls/${number}`, Mergeable);
  if (isFailed(read)) return read;
  const { mergeable, base } = read.json;
  return {
    pull: pullRequestOf(read.json),
    isMergeable: mergeable ?? null,
    defaultBranch: base.repo?.default_branch ?? null,
  };
}

/**
 * Check runs and the older statuses of a commit. A token may be allowed to read one kind alone, or neither: GitHub gives
 * check runs to no fine-grained token.
 */
export async function readChecks(api: HostApi, path: string, head: string): Promise<{ checks: Checks } | Failed> {
  const commit = `/repos/${path}/commits/${head}`;
  const [runs, statuses] = await Promise.all([
    readJson(api, `${commit}/check-runs?per_page=${CHECKS_READ}`, CheckRuns),
    readJson(api, `${commit}/status?per_page=${CHECKS_READ}`, Statuses),
  ]);
  const failed = [runs, statuses].filter(isFailed).find(({ trouble }) => trouble !== 'forbidden');
  if (failed !== undefined) return failed;
  return { checks: checksOf(isFailed(runs) ? null : runs.json, isFailed(statuses) ? null : statuses.json) };
}

/** As git writes it. `isCut`: it is longer. `gone` also for a diff that the host finds too long. */
export async function readPullDiff(
  api: HostApi,
  path: string,
  number: number,
): Promise<{ diff: string; isCut: boolean } | Failed> {
  const accept = 'application/vnd.github.diff';
  const read = await callHost(api, `/repos/${path}/pulls/${number}`, { accept, most: DIFF_BYTES_MAX });
  if (isFailed(read)) return read;
  if (read.status === 406 || read.status === 422) return { diff: '', isCut: true };
  return read.status === 200 ? bounded(read.body, read.isCut) : nonsense('the diff');
}

/** Bytes of another encoding are three bytes each once they are read. */
function bounded(diff: string, isCut: boolean): { diff: string; isCut: boolean } {
  const isLonger = new TextEncoder().encode(diff).length > DIFF_BYTES_MAX;
  return isLonger ? { diff: diff.slice(0, DIFF_BYTES_MAX / 4), isCut: true } : { diff, isCut };
}

/** changed: the branch has other commits by now · blocked: the host's rules, in its words. */
export type Merged = { merged: true } | { merged: false; why: 'changed' | 'blocked'; says: string };
const Said = z.looseObject({ message: z.optional(z.string()) });
const SAYS_CHARS = 160;

/** Merges only what the person saw: `head` is the newest commit they were asked about. */
export async function mergePull(
  api: HostApi,
  path: string,
  { number, head }: { number: number; head: string },
): Promise<Merged | Failed> {
  const read = await callHost(api, `/repos/${path}/pulls/${number}/merge`, { method: 'PUT', body: { sha: head } });
  if (isFailed(read)) return read;
  if (read.status === 200) return { merged: true };
  const said = Said.safeParse(parseJson(read.body));
  const says = shownWords(said.data?.message ?? '', SAYS_CHARS);
  return { merged: false, why: read.status === 409 ? 'changed' : 'blocked', says };
}

async function readJson<T>(api: HostApi, path: string, shape: z.ZodMiniType<T>): Promise<{ json: T } | Failed> {
  const read = await callHost(api, path);
  if (isFailed(read)) return read;
  const json = shape.safeParse(parseJson(read.body));
  return read.status === 200 && json.success
    ? { json: json.data }
    : nonsense(path.split('?', 1)[0]?.split('/').at(-1) ?? '');
}
