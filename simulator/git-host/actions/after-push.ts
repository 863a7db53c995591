import { accountOf, accountView } from '../api/views.ts';
import { type Command, NOTHING } from '../git/push-rules.ts';
import { type CommitFacts, Reading } from '../git/reading.ts';
import { apiUrl, type GitHost, siteUrl } from '../host.ts';
import type { PullRequest, Repository } from '../records.ts';
import { startChecks } from './checks.ts';
import { tellPull, tellPush } from './payloads.ts';

// After branches or tags have changed: sends the push event, updates the branch's pull requests, starts their checks.

const COMMITS_TOLD = 20;

export async function afterRefs(
  host: GitHost,
  repository: Repository,
  actor: string,
  commands: readonly Command[],
): Promise<void> {
  repository.pushedAt = host.now();
  for (const command of commands) {
    tellPush(host, repository, actor, await pushPayload(host, repository, actor, command));
    const branch = /^refs\/heads\/(.+)$/.exec(command.ref)?.[1];
    if (branch !== undefined) await updatePulls(host, repository, actor, branch, command);
  }
  host.store.save();
}

async function updatePulls(
  host: GitHost,
  repository: Repository,
  actor: string,
  branch: string,
  command: Command,
): Promise<void> {
  const open = host.store.records.pulls.filter((pull) => pull.repository === repository.id && pull.state === 'open');
  for (const pull of open.filter(({ head, headSha }) => head === branch && headSha !== command.new)) {
    if (command.new === NOTHING) {
      Object.assign(pull, { state: 'closed', closedAt: host.now(), updatedAt: host.now() });
      await tellPull(host, repository, pull, 'closed', actor);
      continue;
    }
    pull.headSha = command.new;
    pull.updatedAt = host.now();
    await keepPullRef(host, repository, pull);
    await tellPull(host, repository, pull, 'synchronize', actor, { before: command.old, after: command.new });
    startChecks(host, repository, branch, command.new);
  }
  for (const pull of open.filter(({ base }) => base === branch))
    if (command.new !== NOTHING) pull.baseSha = command.new;
}

/** The commit of a pull request stays readable when its branch is gone. */
export async function keepPullRef({ git, store }: GitHost, repository: Repository, pull: PullRequest): Promise<void> {
  await git.ask(store.bareFolder(repository), ['update-ref', `refs/pull/${pull.number}/head`, pull.headSha]);
}

async function pushPayload(host: GitHost, repository: Repository, actor: string, { old, new: next, ref }: Command) {
  const reading = new Reading(host, repository);
  const range =
    next === NOTHING ? [] : old === NOTHING ? [next, ...(await knownBefore(reading, ref))] : [`${old}..${next}`];
  const commits = next === NOTHING ? [] : (await reading.commits(range, [`-${COMMITS_TOLD}`])).toReversed();
  const head = next === NOTHING ? null : await reading.commit(next);
  const html = siteUrl(host, repository.host, `/${repository.owner}/${repository.name}`);
  return {
    ref,
    before: old,
    after: next,
    base_ref: null,
    created: old === NOTHING,
    deleted: next === NOTHING,
    forced: old !== NOTHING && next !== NOTHING && (await reading.mergeBase(old, next)) !== old,
    compare: `${html}/compare/${old.slice(0, 12)}...${next.slice(0, 12)}`,
    commits: commits.map((commit) => commitPayload(html, commit)),
    head_commit: head === null ? null : commitPayload(html, head),
    pusher: { name: actor, email: accountOf(host, actor).mails[0]?.email ?? null },
    organization: undefined,
    ...(accountOf(host, repository.owner).type === 'Organization'
      ? { organization: { ...accountView(host, repository.owner), url: apiUrl(host, `/orgs/${repository.owner}`) } }
      : {}),
  };
}

/** Leaves out what other branches have: none, on the first push to an empty repository. */
const knownBefore = async (reading: Reading, ref: string): Promise<string[]> =>
  (await reading.refs('refs/heads')).filter((one) => one.ref !== ref).map(({ sha }) => `^${sha}`);

const commitPayload = (html: string, commit: CommitFacts) => ({
  id: commit.sha,
  tree_id: commit.tree,
  distinct: true,
  message: commit.message,
  timestamp: commit.committer.date,
  url: `${html}/commit/${commit.sha}`,
  author: { name: commit.author.name, email: commit.author.email },
  committer: { name: commit.committer.name, email: commit.committer.email },
  added: [],
  removed: [],
  modified: [],
});
