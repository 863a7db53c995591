import { mergeability } from '../actions/merge.ts';
import { pullBase } from '../api/pull-view.ts';
import { Reading } from '../git/reading.ts';
import { isoOrNull, siteUrl } from '../host.ts';
import type { PullRequest, Repository } from '../records.ts';
import { branchNode, commitNode, rollupNode } from './commits.ts';
import { type Asked, connection, type PageArgs } from './context.ts';
import { accountConnection, accountNode } from './people.ts';
import { belongsTo, decisionOf, issueParts, reviewNode } from './talk.ts';

// Pull requests as GraphQL shows them.

const MERGEABLE = new Map<boolean | null, string>([
  [true, 'MERGEABLE'],
  [false, 'CONFLICTING'],
  [null, 'UNKNOWN'],
]);

export function pullNode(asked: Asked, repository: Repository, pull: PullRequest, repositoryNode: () => unknown) {
  const { host } = asked;
  const reading = new Reading(host, repository);
  const base = () => pullBase(host, repository, pull);
  const changes = async () => reading.changes(await base(), pull.headSha);
  const sum = async (field: 'additions' | 'deletions') =>
    (await changes()).reduce((total, one) => total + one[field], 0);
  const reviews = host.store.records.reviews.filter(belongsTo(pull));
  const url = siteUrl(host, 'github.com', `/${repository.owner}/${repository.name}/pull/${pull.number}`);
  return {
    __typename: 'PullRequest',
    ...issueParts(asked, repository, pull),
    id: `PR_${pull.id}`,
    fullDatabaseId: String(pull.id),
    url,
    state: pull.mergedAt === null ? pull.state.toUpperCase() : 'MERGED',
    merged: pull.mergedAt !== null,
    mergedAt: isoOrNull(pull.mergedAt),
    mergedBy: pull.mergedBy === null ? null : accountNode(asked, pull.mergedBy),
    additions: () => sum('additions'),
    deletions: () => sum('deletions'),
    changedFiles: async () => (await changes()).length,
    files: async (args: PageArgs) =>
      connection(
        (await changes()).map(({ path, additions, deletions, status }) => ({
          path,
          additions,
          deletions,
          changeType: status.toUpperCase(),
        })),
        args,
      ),
    baseRefName: pull.base,
    baseRefOid: pull.baseSha,
    baseRef: () => branchNode(asked, repository, pull.base),
    headRefName: pull.head,
    headRefOid: pull.headSha,
    headRef: () => branchNode(asked, repository, pull.head),
    headRepository: repositoryNode,
    headRepositoryOwner: accountNode(asked, repository.owner),
    baseRepository: repositoryNode,
    repository: repositoryNode,
    isCrossRepository: false,
    isDraft: pull.draft,
    isInMergeQueue: false,
    isMergeQueueEnabled: false,
    maintainerCanModify: false,
    mergeable: async () => MERGEABLE.get((await mergeability(host, repository, pull)).mergeable),
    mergeStateStatus: async () => (await mergeability(host, repository, pull)).state.toUpperCase(),
    mergeCommit: () => (pull.mergeSha === null ? null : commitNode(asked, repository, pull.mergeSha)),
    potentialMergeCommit: null,
    commits: async (args: PageArgs) => {
      const commits = (await reading.commits([`${await base()}..${pull.headSha}`])).toReversed();
      const nodes = commits.map(({ sha }) => ({
        id: `PRC_${pull.id}_${sha}`,
        commit: () => commitNode(asked, repository, sha),
        url: `${url}/commits/${sha}`,
      }));
      return connection(nodes, args);
    },
    reviewDecision: decisionOf(asked, repository, pull),
    reviews: ({ states, ...args }: PageArgs & { states?: string[] | null }) =>
      connection(
        reviews.filter((one) => !states || states.includes(one.state)).map((one) => reviewNode(asked, repository, one)),
        args,
      ),
    latestReviews: (args: PageArgs) =>
      connection(
        [...new Map(reviews.map((one) => [one.author, one])).values()].map((one) => reviewNode(asked, repository, one)),
        args,
      ),
    reviewRequests: (args: PageArgs) =>
      connection(
        pull.reviewers.map((login) => ({ id: `RR_${pull.id}_${login}`, requestedReviewer: accountNode(asked, login) })),
        args,
      ),
    participants: accountConnection(asked, [pull.author]),
    autoMergeRequest: null,
    viewerCanUpdate: true,
    statusCheckRollup: () => rollupNode(asked, repository, pull.headSha),
  };
}
