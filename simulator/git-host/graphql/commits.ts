import { loginByMail } from '../api/commit-view.ts';
import { Reading } from '../git/reading.ts';
import { iso, isoOrNull, siteUrl } from '../host.ts';
import type { CheckRun, PullRequest, Repository } from '../records.ts';
import { type Asked, connection, type PageArgs } from './context.ts';
import { accountNode } from './people.ts';

// Commits, refs and checks as GraphQL shows them.

export async function commitNode(asked: Asked, repository: Repository, name: string) {
  const commit = await new Reading(asked.host, repository).commit(name);
  if (!commit) return null;
  const { sha, message, author, committer } = commit;
  const actor = (who: typeof author) => {
    const login = loginByMail(asked.host, who.email);
    return { ...who, user: login === null ? null : accountNode(asked, login) };
  };
  const [messageHeadline = '', ...rest] = message.split('\n');
  return {
    __typename: 'Commit',
    id: `C_${repository.id}_${sha}`,
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    message,
    messageHeadline,
    messageBody: rest.join('\n').trim(),
    url: siteUrl(asked.host, 'github.com', `/${repository.owner}/${repository.name}/commit/${sha}`),
    committedDate: committer.date,
    authoredDate: author.date,
    author: actor(author),
    committer: actor(committer),
    authors: (args: PageArgs) => connection([actor(author)], args),
    statusCheckRollup: () => rollupNode(asked, repository, sha),
    history: async (args: PageArgs) => {
      const commits = await new Reading(asked.host, repository).commits([sha]);
      const page = connection(commits, args);
      return { ...page, nodes: page.nodes.map((one) => commitNode(asked, repository, one.sha)), edges: [] };
    },
  };
}

export const refNode = (asked: Asked, repository: Repository, name: string, sha: string, prefix = 'refs/heads/') => ({
  __typename: 'Ref',
  id: `REF_${repository.id}_${prefix}${name}`,
  name,
  prefix,
  target: () => commitNode(asked, repository, sha),
  branchProtectionRule: () => {
    const rule = repository.protections.find(({ branch }) => branch === name);
    return rule ? { requiresStrictStatusChecks: false, requiredApprovingReviewCount: rule.approvals } : null;
  },
});

export async function branchNode(asked: Asked, repository: Repository, branch: string) {
  const sha = await new Reading(asked.host, repository).sha(`refs/heads/${branch}`);
  return sha === null ? null : refNode(asked, repository, branch, sha);
}

export function rollupNode(asked: Asked, repository: Repository, sha: string) {
  const { runs, statuses } = asked.host.store.records;
  const checks = runs.filter((one) => one.repository === repository.id && one.sha === sha);
  const said = [
    ...new Map(
      statuses.filter((one) => one.repository === repository.id && one.sha === sha).map((one) => [one.context, one]),
    ).values(),
  ];
  if (checks.length + said.length === 0) return null;
  const states = [...checks.map(runState), ...said.map(({ state }) => state.toUpperCase())];
  const state = states.some((one) => ['FAILURE', 'ERROR', 'TIMED_OUT', 'CANCELLED'].includes(one))
    ? 'FAILURE'
    : states.every((one) => ['SUCCESS', 'NEUTRAL', 'SKIPPED'].includes(one))
      ? 'SUCCESS'
      : 'PENDING';
  const nodes = [
    ...checks.map((run) => runNode(asked, repository, run)),
    ...said.map((one) => ({
      __typename: 'StatusContext',
      id: `SC_${one.id}`,
      context: one.context,
      state: one.state.toUpperCase(),
      targetUrl: null,
      createdAt: iso(one.createdAt),
      description: one.description,
      isRequired: (args: Required) => isRequired(asked, repository, one.context, args),
    })),
  ];
  return {
    id: `SCR_${sha}`,
    state,
    contexts: (args: PageArgs) => ({
      ...connection(nodes, args),
      checkRunCount: checks.length,
      checkRunCountsByState: counted(RUN_STATES, checks.map(runState)),
      statusContextCount: said.length,
      statusContextCountsByState: counted(
        STATUS_STATES,
        said.map((one) => one.state.toUpperCase()),
      ),
    }),
  };
}

/**
 * Lists every state, also with a count of zero: gh reads the counts only if neither list is empty. That GitHub does so is
 * an assumption.
 */
const counted = (all: readonly string[], states: readonly string[]) =>
  all.map((state) => ({ state, count: states.filter((one) => one === state).length }));
const RUN_STATES = [
  'FAILURE',
  'IN_PROGRESS',
  'NEUTRAL',
  'QUEUED',
  'SKIPPED',
  'SUCCESS',
  'CANCELLED',
  'TIMED_OUT',
  'ACTION_REQUIRED',
];
const STATUS_STATES = ['ERROR', 'FAILURE', 'PENDING', 'SUCCESS'];
const runState = ({ status, conclusion }: CheckRun): string => (conclusion ?? status).toUpperCase();

type Required = { pullRequestId?: string | null; pullRequestNumber?: number | null };

function isRequired(
  { host }: Asked,
  repository: Repository,
  name: string,
  { pullRequestId, pullRequestNumber }: Required,
): boolean {
  const pull = host.store.records.pulls.find(
    (one: PullRequest) =>
      one.repository === repository.id && (`PR_${one.id}` === pullRequestId || one.number === pullRequestNumber),
  );
  return repository.protections.some(({ branch, checks }) => branch === pull?.base && checks.includes(name));
}

function runNode(asked: Asked, repository: Repository, run: CheckRun) {
  return {
    __typename: 'CheckRun',
    id: `CR_${run.id}`,
    name: run.name,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    startedAt: iso(run.startedAt),
    completedAt: isoOrNull(run.completedAt),
    detailsUrl: siteUrl(asked.host, 'github.com', `/${repository.owner}/${repository.name}/runs/${run.id}`),
    summary: run.summary,
    text: null,
    title: run.title,
    checkSuite: {
      id: `CS_${run.suite}`,
      workflowRun: { event: 'pull_request', workflow: { name: 'CI' } },
      status: run.status.toUpperCase(),
      conclusion: run.conclusion?.toUpperCase() ?? null,
    },
    isRequired: (args: Required) => isRequired(asked, repository, run.name, args),
  };
}
