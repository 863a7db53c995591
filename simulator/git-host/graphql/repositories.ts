import { roleOf } from '../access.ts';
import { accountOf } from '../api/views.ts';
import { Reading } from '../git/reading.ts';
import { iso, siteUrl } from '../host.ts';
import type { Issue, PullRequest, Repository } from '../records.ts';
import { branchNode, commitNode, refNode } from './commits.ts';
import { type Asked, connection, type PageArgs, refused, requireNeed } from './context.ts';
import { accountConnection, accountNode } from './people.ts';
import { pullNode } from './pulls.ts';
import { issueNode, labelNode } from './talk.ts';

// Repositories as GraphQL shows them, with their lists.

type Order = { orderBy?: { field: string; direction: 'ASC' | 'DESC' } | null };
type ListArgs = PageArgs & Order & { states?: string[] | null; labels?: string[] | null };
const none = (args: PageArgs) => connection([], args);

export function repositoryNode(asked: Asked, repository: Repository): Record<string, unknown> {
  const { host, token } = asked;
  const { store } = host;
  const again = () => repositoryNode(asked, repository);
  const reading = new Reading(host, repository);
  const { owner, name, id } = repository;
  const role = token.login === null ? 'write' : (roleOf(store, token.login, repository) ?? 'read');
  const own = <T extends { repository: number }>(list: readonly T[]): T[] =>
    list.filter((one) => one.repository === id);
  const pullOf = (pull: PullRequest) => pullNode(asked, repository, pull, again);
  const issueOf = (issue: Issue) => issueNode(asked, repository, issue, again);
  const guard = (permission: string) => requireNeed(asked, repository, { permission, level: 'read' });
  const people = [owner, ...Object.keys(repository.collaborators), ...accountOf(host, owner).members].filter(
    (login) => accountOf(host, login).type === 'User',
  );
  return {
    __typename: 'Repository',
    id: `R_${id}`,
    databaseId: id,
    name,
    nameWithOwner: `${owner}/${name}`,
    owner: accountNode(asked, owner),
    url: siteUrl(host, 'github.com', `/${owner}/${name}`),
    sshUrl: `git@github.com:${owner}/${name}.git`,
    description: repository.description,
    openGraphImageUrl: '',
    createdAt: iso(repository.createdAt),
    pushedAt: iso(repository.pushedAt),
    updatedAt: iso(repository.pushedAt),
    ...FLAGS,
    isArchived: repository.archived,
    isEmpty: async () => (await reading.refs('refs/heads')).length === 0,
    isInOrganization: accountOf(host, owner).type === 'Organization',
    isPrivate: repository.private,
    visibility: repository.private ? 'PRIVATE' : 'PUBLIC',
    watchers: none,
    viewerCanAdminister: role === 'admin',
    viewerPermission: role.toUpperCase(),
    primaryLanguage: { name: 'TypeScript', color: null },
    languages: none,
    repositoryTopics: none,
    releases: none,
    defaultBranchRef: () => branchNode(asked, repository, repository.defaultBranch),
    ref: async ({ qualifiedName }: { qualifiedName: string }) => {
      const branch = qualifiedName.replace(/^refs\/heads\//, '');
      return branchNode(asked, repository, branch);
    },
    refs: async ({ refPrefix, ...args }: PageArgs & { refPrefix: string }) => {
      guard('contents');
      const refs = await reading.refs(refPrefix);
      return connection(
        refs.map(({ ref, sha }) => refNode(asked, repository, ref.slice(refPrefix.length), sha, refPrefix)),
        args,
      );
    },
    object: ({ expression, oid }: { expression?: string | null; oid?: string | null }) => {
      guard('contents');
      return objectNode(asked, repository, expression ?? oid ?? '');
    },
    pullRequest: ({ number }: { number: number }) => {
      guard('pull_requests');
      const pull = store.pull(repository, number);
      if (!pull) throw noNumber('a PullRequest', number);
      return pullOf(pull);
    },
    pullRequests: (args: ListArgs & { headRefName?: string | null; baseRefName?: string | null }) => {
      guard('pull_requests');
      const found = sorted(own(store.records.pulls), args)
        .filter(
          (one) => !args.states || args.states.includes(one.mergedAt === null ? one.state.toUpperCase() : 'MERGED'),
        )
        .filter(
          (one) =>
            (!args.headRefName || one.head === args.headRefName) &&
            (!args.baseRefName || one.base === args.baseRefName),
        )
        .filter((one) => !args.labels || args.labels.some((label) => one.labels.includes(label)));
      return connection(found.map(pullOf), args);
    },
    issue: ({ number }: { number: number }) => {
      guard('issues');
      const issue = store.issue(repository, number);
      if (!issue) throw noNumber('an Issue', number);
      return issueOf(issue);
    },
    issues: ({ filterBy, ...args }: ListArgs & { filterBy?: Filter | null }) => {
      guard('issues');
      const found = sorted(own(store.records.issues), args)
        .filter((one) => !args.states || args.states.includes(one.state.toUpperCase()))
        .filter(
          (one) =>
            matches(one, filterBy ?? {}) && (!args.labels || args.labels.some((label) => one.labels.includes(label))),
        );
      return connection(found.map(issueOf), args);
    },
    issueOrPullRequest: ({ number }: { number: number }) => {
      const pull = store.pull(repository, number);
      const issue = store.issue(repository, number);
      guard(pull ? 'pull_requests' : 'issues');
      if (pull) return pullOf(pull);
      if (!issue) throw noNumber('an issue or pull request', number);
      return issueOf(issue);
    },
    assignableUsers: accountConnection(asked, people),
    mentionableUsers: accountConnection(asked, people),
    labels: (args: PageArgs) =>
      connection(
        repository.labels.map((label) => labelNode(asked, repository, label)),
        args,
      ),
    label: ({ name: wanted }: { name: string }) =>
      repository.labels.includes(wanted) ? labelNode(asked, repository, wanted) : null,
    milestones: none,
    projects: none,
    projectsV2: none,
  };
}

const noNumber = (what: string, number: number) =>
  refused('NOT_FOUND', `Could not resolve to ${what} with the number of ${number}.`);

const FLAGS = {
  homepageUrl: null,
  usesCustomOpenGraphImage: false,
  mirrorUrl: null,
  securityPolicyUrl: null,
  parent: null,
  templateRepository: null,
  isBlankIssuesEnabled: true,
  isSecurityPolicyEnabled: false,
  hasIssuesEnabled: true,
  hasProjectsEnabled: false,
  hasWikiEnabled: false,
  hasDiscussionsEnabled: false,
  mergeCommitAllowed: true,
  squashMergeAllowed: true,
  rebaseMergeAllowed: true,
  autoMergeAllowed: false,
  deleteBranchOnMerge: false,
  forkCount: 0,
  stargazerCount: 0,
  codeOfConduct: null,
  contactLinks: [],
  fundingLinks: [],
  diskUsage: 128,
  isFork: false,
  isMirror: false,
  isTemplate: false,
  isUserConfigurationRepository: false,
  licenseInfo: null,
  viewerDefaultCommitEmail: null,
  viewerDefaultMergeMethod: 'MERGE',
  viewerHasStarred: false,
  viewerPossibleCommitEmails: [],
  viewerSubscription: null,
  issueTemplates: [],
  pullRequestTemplates: [],
  latestRelease: null,
} as const;

type Filter = {
  assignee?: string | null;
  createdBy?: string | null;
  mentioned?: string | null;
  labels?: string[] | null;
};
const matches = (issue: Issue, { assignee, createdBy, mentioned, labels }: Filter): boolean =>
  (!assignee || issue.assignees.includes(assignee)) &&
  (!createdBy || issue.author === createdBy) &&
  (!mentioned || (issue.body ?? '').includes(`@${mentioned}`)) &&
  (!labels || labels.some((label) => issue.labels.includes(label)));

function sorted<T extends Issue>(list: readonly T[], { orderBy }: Order): T[] {
  const by = (one: T): number => (orderBy?.field === 'UPDATED_AT' ? one.updatedAt : one.number);
  const rising = [...list].sort((a, b) => by(a) - by(b));
  return orderBy?.direction === 'DESC' ? rising.reverse() : rising;
}

/** `expression`: a commit, or a file like "main:README.md". */
async function objectNode(asked: Asked, repository: Repository, expression: string) {
  if (!expression.includes(':')) return commitNode(asked, repository, expression);
  const { git, store } = asked.host;
  const folder = store.bareFolder(repository);
  const sha = expression.startsWith('-')
    ? null
    : await git.maybe(folder, ['rev-parse', '--verify', '--quiet', expression]);
  if (sha === null || (await git.maybe(folder, ['cat-file', '-t', sha])) !== 'blob') return null;
  const text = await git.ask(folder, ['cat-file', 'blob', sha]);
  return {
    __typename: 'Blob',
    id: `B_${sha}`,
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    text,
    byteSize: Buffer.byteLength(text),
  };
}
