import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GitHost } from '../host.ts';
import type { PullRequest, Repository } from '../records.ts';
import { afterRefs } from './after-push.ts';
import { signedBy } from './author.ts';
import { tellPull } from './payloads.ts';

// Decides whether a pull request can be merged, and merges it.

export type MergeMethod = 'merge' | 'squash' | 'rebase';
export type Mergeability = {
  mergeable: boolean | null;
  state: 'clean' | 'dirty' | 'blocked' | 'unstable' | 'draft' | 'unknown';
  why: string;
};

export async function mergeability(host: GitHost, repository: Repository, pull: PullRequest): Promise<Mergeability> {
  if (pull.state === 'closed') return { mergeable: null, state: 'unknown', why: 'Pull Request is not mergeable' };
  if ((await mergedTree(host, repository, pull)) === null)
    return { mergeable: false, state: 'dirty', why: 'Pull Request is not mergeable' };
  if (pull.draft) return { mergeable: true, state: 'draft', why: 'Pull Request is still a draft' };
  const missing = requirementMissing(host, repository, pull);
  if (missing !== null) return { mergeable: true, state: 'blocked', why: missing };
  const failing = host.store.records.runs.some(
    (run) => run.repository === repository.id && run.sha === pull.headSha && run.conclusion === 'failure',
  );
  return { mergeable: true, state: failing ? 'unstable' : 'clean', why: '' };
}

function requirementMissing({ store: { records } }: GitHost, repository: Repository, pull: PullRequest): string | null {
  const protection = repository.protections.find(({ branch }) => branch === pull.base);
  if (!protection) return null;
  const passed = (name: string): boolean =>
    records.runs.some(
      (run) =>
        run.repository === repository.id &&
        run.sha === pull.headSha &&
        run.name === name &&
        run.conclusion === 'success',
    );
  const waiting = protection.checks.filter((name) => !passed(name));
  if (waiting.length > 0) return `Required status check "${waiting[0]}" is expected.`;
  const latest = latestReviews(
    records.reviews.filter((one) => one.repository === repository.id && one.number === pull.number),
  );
  if (latest.includes('CHANGES_REQUESTED')) return 'Changes were requested on this pull request.';
  const approvals = latest.filter((state) => state === 'APPROVED').length;
  if (approvals < protection.approvals)
    return `At least ${protection.approvals} approving review is required by reviewers with write access.`;
  return null;
}

/** The state of each reviewer's latest review. Reviews that only comment don't count. */
export function latestReviews(reviews: readonly { author: string; state: string }[]): string[] {
  const last = new Map<string, string>();
  for (const { author, state } of reviews)
    if (state === 'APPROVED' || state === 'CHANGES_REQUESTED' || state === 'DISMISSED') last.set(author, state);
  return [...last.values()];
}

/** The tree of both sides together; null when they conflict. */
const mergedTree = async ({ git, store }: GitHost, repository: Repository, pull: PullRequest): Promise<string | null> =>
  (await git.maybe(store.bareFolder(repository), ['merge-tree', '--write-tree', pull.baseSha, pull.headSha]))?.split(
    '\n',
  )[0] ?? null;

export type MergeWords = { title: string | undefined; message: string | undefined };

/** Returns the commit that is now on the base branch; throws if git can't make it. */
export async function mergePull(
  host: GitHost,
  repository: Repository,
  pull: PullRequest,
  method: MergeMethod,
  actor: string,
  words: MergeWords,
): Promise<string> {
  const { git, store } = host;
  const folder = store.bareFolder(repository);
  const who = signedBy(host, actor);
  const sha =
    method === 'rebase'
      ? await rebased(host, folder, pull, who)
      : await git.ask(
          folder,
          [
            'commit-tree',
            (await mergedTree(host, repository, pull)) ?? '',
            ...(method === 'merge' ? ['-p', pull.baseSha, '-p', pull.headSha] : ['-p', pull.baseSha]),
            '-m',
            mergeText(repository, pull, method, words),
          ],
          who,
        );
  const ref = `refs/heads/${pull.base}`;
  await git.ask(folder, ['update-ref', ref, sha, pull.baseSha]);
  const command = { old: pull.baseSha, new: sha, ref };
  Object.assign(pull, {
    state: 'closed',
    mergedAt: host.now(),
    closedAt: host.now(),
    mergedBy: actor,
    mergeSha: sha,
    updatedAt: host.now(),
  });
  store.save();
  await tellPull(host, repository, pull, 'closed', actor);
  await afterRefs(host, repository, actor, [command]);
  return sha;
}

function mergeText(
  { owner }: Repository,
  pull: PullRequest,
  method: MergeMethod,
  { title, message }: MergeWords,
): string {
  const first =
    title ??
    (method === 'squash'
      ? `${pull.title} (#${pull.number})`
      : `Merge pull request #${pull.number} from ${owner}/${pull.head}`);
  return `${first}\n\n${message ?? (method === 'squash' ? '' : pull.title)}`.trimEnd();
}

async function rebased(
  { git, store }: GitHost,
  folder: string,
  pull: PullRequest,
  who: Record<string, string>,
): Promise<string> {
  const tree = join(store.folder, `rebase-${pull.id}`);
  rmSync(tree, { recursive: true, force: true });
  try {
    await git.ask(folder, ['worktree', 'add', '--quiet', '--detach', tree, pull.headSha]);
    await git.ask(
      join(folder, 'worktrees', `rebase-${pull.id}`),
      ['-C', tree, '--work-tree', tree, 'rebase', '--quiet', pull.baseSha],
      who,
    );
    return await git.ask(join(folder, 'worktrees', `rebase-${pull.id}`), ['rev-parse', 'HEAD']);
  } finally {
    await git.maybe(folder, ['worktree', 'remove', '--force', tree]);
  }
}
