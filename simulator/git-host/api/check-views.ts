import { apiUrl, type GitHost, iso, isoOrNull, siteUrl } from '../host.ts';
import type { CheckRun, CheckSuite, CommitStatus, Repository } from '../records.ts';
import { accountView } from './views.ts';

// Checks and statuses as the REST API shows them.

const CI = { id: 15368, slug: 'local-checks', name: 'Local checks' };
const ciView = (host: GitHost) => ({
  ...CI,
  node_id: `A_${CI.id}`,
  owner: accountView(host, 'github'),
  description: null,
  external_url: host.url,
  html_url: siteUrl(host, 'github.com', `/apps/${CI.slug}`),
  created_at: iso(0),
  updated_at: iso(0),
  permissions: { checks: 'write' },
  events: [],
});

export const checkRunView = (host: GitHost, repository: Repository, run: CheckRun) => ({
  id: run.id,
  node_id: `CR_${run.id}`,
  name: run.name,
  head_sha: run.sha,
  external_id: '',
  url: apiUrl(host, `/repos/${repository.owner}/${repository.name}/check-runs/${run.id}`),
  html_url: siteUrl(host, 'github.com', `/${repository.owner}/${repository.name}/runs/${run.id}`),
  details_url: siteUrl(host, 'github.com', `/${repository.owner}/${repository.name}/runs/${run.id}`),
  status: run.status,
  conclusion: run.conclusion,
  started_at: iso(run.startedAt),
  completed_at: isoOrNull(run.completedAt),
  output: {
    title: run.title,
    summary: run.summary,
    text: null,
    annotations_count: 0,
    annotations_url: apiUrl(host, `/repos/${repository.owner}/${repository.name}/check-runs/${run.id}/annotations`),
  },
  check_suite: { id: run.suite },
  app: ciView(host),
  pull_requests: pullsAt(host, repository, run.sha),
});

const shortRepository = (host: GitHost, { id, owner, name }: Repository) => ({
  id,
  url: apiUrl(host, `/repos/${owner}/${name}`),
  name,
});

const pullsAt = (host: GitHost, repository: Repository, sha: string) =>
  host.store.records.pulls
    .filter((pull) => pull.repository === repository.id && pull.headSha === sha)
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: apiUrl(host, `/repos/${repository.owner}/${repository.name}/pulls/${pull.number}`),
      head: { ref: pull.head, sha: pull.headSha, repo: shortRepository(host, repository) },
      base: { ref: pull.base, sha: pull.baseSha, repo: shortRepository(host, repository) },
    }));

export const checkSuiteView = (host: GitHost, repository: Repository, suite: CheckSuite) => {
  const runs = host.store.records.runs.filter((run) => run.suite === suite.id);
  const done = runs.length > 0 && runs.every(({ status }) => status === 'completed');
  const conclusions = runs.map(({ conclusion }) => conclusion);
  return {
    id: suite.id,
    node_id: `CS_${suite.id}`,
    head_branch: suite.branch,
    head_sha: suite.sha,
    status: done ? 'completed' : 'in_progress',
    conclusion: done ? (conclusions.find((one) => one !== 'success' && one !== 'skipped') ?? 'success') : null,
    url: apiUrl(host, `/repos/${repository.owner}/${repository.name}/check-suites/${suite.id}`),
    before: null,
    after: suite.sha,
    pull_requests: pullsAt(host, repository, suite.sha),
    app: ciView(host),
    created_at: iso(suite.createdAt),
    updated_at: iso(suite.createdAt),
    latest_check_runs_count: runs.length,
    check_runs_url: apiUrl(host, `/repos/${repository.owner}/${repository.name}/check-suites/${suite.id}/check-runs`),
  };
};

export const statusView = (host: GitHost, { owner, name }: Repository, status: CommitStatus) => ({
  id: status.id,
  node_id: `SC_${status.id}`,
  url: apiUrl(host, `/repos/${owner}/${name}/statuses/${status.sha}`),
  state: status.state,
  description: status.description,
  target_url: null,
  context: status.context,
  avatar_url: null,
  created_at: iso(status.createdAt),
  updated_at: iso(status.createdAt),
  creator: accountView(host, status.author),
});
