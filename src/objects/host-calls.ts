import type { Effect } from '../conversation/state/events.ts';
import { type HostAsk, type HostTold, readAsk } from '../conversation/state/host-asks.ts';
import { repositoryOf } from '../conversation/state/repositories.ts';
import { isIn } from '../conversation/state/standing.ts';
import type { PullRequest } from '../git/pull-request.ts';
import { GITHUB } from '../git/repository-address.ts';
import { type Failed, type HostApi, isFailed } from '../git-hosts/api-call.ts';
import { mergePull, readChecks, readPull, readPullDiff, readPulls } from '../git-hosts/pull-requests.ts';
import { reasonOf } from '../log.ts';
import { connectionsOf } from './connections.ts';
import type { LaneContext } from './lanes/lane-context.ts';

// Calls to the git host about a project's pull requests, with the person's connection. No machine is woken for them.
// Every call can be repeated, merges too: they name the commit that the person agreed to.

export async function performAskHost(
  { ref }: Extract<Effect, { do: 'ask-host' }>,
  context: LaneContext,
): Promise<void> {
  const ask = readAsk(ref);
  // The person may have lost access meanwhile.
  if (ask === null || !context.isHome() || !isIn(context.load(), context.services())) return;
  try {
    const told = await tell(ask, context);
    if (context.isHome()) context.apply({ type: 'host-told', ref, told });
  } catch (error) {
    context.report({ level: 'warn', event: 'host-not-asked', verb: ask.verb, reason: reasonOf(error) });
  }
}

async function tell(ask: HostAsk, context: LaneContext): Promise<HostTold> {
  const repository = repositoryOf(context.load(), ask.project);
  if (repository === null || repository.host !== GITHUB) return { is: 'trouble', why: 'unknown-host', again: null };
  const { host, path, defaultBranch } = repository;
  const connections = connectionsOf(context);
  const opened = await connections.authorizationFor({ host, path, purpose: 'api' });
  if ('refused' in opened) {
    const { refused } = opened;
    if (refused === 'just-refused') return { is: 'nothing' };
    return { is: 'trouble', why: refused === 'unavailable' ? 'down' : refused, again: null };
  }
  const api = { url: context.services().gitHosts.api, authorization: opened.authorization };
  const told = await callFor(ask, { api, path, defaultBranch });
  if (!isFailed(told)) return told;
  context.report({ level: 'warn', event: 'host-refused', verb: ask.verb, why: told.trouble, reason: told.reason });
  // The person is told with the mark; and with another account by now, they may ask again.
  if (told.trouble === 'refused' && connections.refusedByHost(opened.connection)) return { is: 'nothing' };
  const again = told.again === null ? null : told.again + context.now() - context.realNow();
  return { is: 'trouble', why: told.trouble, again };
}

type Place = { api: HostApi; path: string; defaultBranch: string | null };

async function callFor(ask: HostAsk, place: Place): Promise<HostTold | Failed> {
  const { api, path, defaultBranch } = place;
  if (ask.verb === 'list') {
    const read = await readPulls(api, path);
    return isFailed(read) ? read : { is: 'pulls', pulls: read.pulls };
  }
  const number = ask.number ?? (await newestOf(place));
  if (typeof number === 'object' && number !== null) return number;
  if (number === null) {
    if (ask.verb !== 'checks' || defaultBranch === null) return { is: 'none' };
    const read = await readChecks(api, path, encodeURIComponent(defaultBranch));
    return isFailed(read) ? read : { is: 'checks', pull: null, branch: defaultBranch, checks: read.checks };
  }
  const read = await readPull(api, path, number);
  if (isFailed(read)) return read;
  const { pull, isMergeable, defaultBranch: branchNow } = read;
  switch (ask.verb) {
    case 'diff': {
      const changes = await readPullDiff(api, path, number);
      return isFailed(changes) ? changes : { is: 'diff', pull, ...changes };
    }
    case 'news':
      return { is: 'pull', pull, isMergeable, checks: null, defaultBranch: branchNow };
    case 'merge':
      return merge(pull, ask.head ?? '', place);
    case 'checks': {
      const { head, branch } = pull;
      const checked = await readChecks(api, path, head);
      return isFailed(checked) ? checked : { is: 'checks', pull, branch, checks: checked.checks };
    }
    default: {
      const checked = await readChecks(api, path, pull.head);
      const checks = isFailed(checked) ? null : checked.checks;
      return { is: 'pull', pull, isMergeable, checks, defaultBranch: branchNow };
    }
  }
}

async function newestOf({ api, path }: Place): Promise<number | null | Failed> {
  const read = await readPulls(api, path);
  return isFailed(read) ? read : (read.pulls[0]?.number ?? null);
}

/** A merge whose answer was lost is found by its result. */
async function merge(pull: PullRequest, head: string, { api, path }: Place): Promise<HostTold | Failed> {
  if (pull.state === 'merged') return { is: 'merged', pull };
  if (pull.state === 'closed') return { is: 'unmerged', pull, why: 'closed', says: '' };
  if (pull.head !== head) return { is: 'unmerged', pull, why: 'changed', says: '' };
  const done = await mergePull(api, path, { number: pull.number, head });
  if (isFailed(done)) return done;
  return done.merged ? { is: 'merged', pull: { ...pull, state: 'merged' } } : { is: 'unmerged', pull, ...done };
}
