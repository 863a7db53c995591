import type { GitHost } from '../host.ts';
import type { CheckRun, CheckSuite, Conclusion, Repository } from '../records.ts';
import { tellCheckRun, tellCheckSuite } from './payloads.ts';

// Checks of commits. Each pull request gets the check "build", which a person ends on the page, or a timer.

export function startChecks(
  host: GitHost,
  repository: Repository,
  branch: string,
  sha: string,
  names: readonly string[] = ['build'],
): CheckSuite {
  const { store } = host;
  const suite: CheckSuite = { id: store.newId(), repository: repository.id, sha, branch, createdAt: host.now() };
  store.records.suites.push(suite);
  for (const name of names) addRun(host, repository, suite, name);
  store.save();
  tellCheckSuite(host, repository, suite, 'requested');
  const { checksPassAfterMs } = host.options;
  if (checksPassAfterMs !== undefined)
    host.later(checksPassAfterMs, () => finishChecks(host, repository, sha, 'success'));
  return suite;
}

export function addRun(host: GitHost, repository: Repository, suite: CheckSuite, name: string): CheckRun {
  const run: CheckRun = {
    id: host.store.newId(),
    repository: repository.id,
    suite: suite.id,
    sha: suite.sha,
    name,
    status: 'in_progress',
    conclusion: null,
    title: null,
    summary: null,
    startedAt: host.now(),
    completedAt: null,
  };
  host.store.records.runs.push(run);
  tellCheckRun(host, repository, run, 'created');
  return run;
}

/** Ends all checks of the commit that still run. */
export function finishChecks(host: GitHost, repository: Repository, sha: string, conclusion: Conclusion): void {
  const { runs, suites } = host.store.records;
  const running = runs.filter(
    (run) => run.repository === repository.id && run.sha === sha && run.status !== 'completed',
  );
  for (const run of running) finishRun(host, repository, run, conclusion);
  for (const suite of suites.filter(({ id }) => running.some((run) => run.suite === id)))
    tellCheckSuite(host, repository, suite, 'completed');
}

export function finishRun(host: GitHost, repository: Repository, run: CheckRun, conclusion: Conclusion): void {
  Object.assign(run, { status: 'completed', conclusion, completedAt: host.now() });
  if (conclusion === 'failure') {
    run.title = '1 test failed';
    run.summary = 'test/price.test.ts: expected 9.99, got 9.990000000000002';
  }
  host.store.save();
  tellCheckRun(host, repository, run, 'completed');
}

/** Runs the checks of a commit again. */
export function rerunChecks(host: GitHost, repository: Repository, sha: string): void {
  const { runs } = host.store.records;
  for (const run of runs.filter((one) => one.repository === repository.id && one.sha === sha))
    Object.assign(run, {
      status: 'in_progress',
      conclusion: null,
      completedAt: null,
      startedAt: host.now(),
      title: null,
      summary: null,
    });
  host.store.save();
  const { checksPassAfterMs } = host.options;
  if (checksPassAfterMs !== undefined)
    host.later(checksPassAfterMs, () => finishChecks(host, repository, sha, 'success'));
}
