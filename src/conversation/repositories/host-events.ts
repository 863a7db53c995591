import type { HostEvent } from '../../git/host-event.ts';
import type { PullRequest } from '../../git/pull-request.ts';
import { BRANCH_OLD_MS, EVENT_OLD_MS, NEWS_BURST_MS, TOLD_KEPT } from '../policy/repositories.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { type KnownPull, type PullNews, USUAL_WATCHES, type Watched } from '../state/pull-request-rows.ts';
import { findPull, withPull } from '../state/pulls.ts';
import type { Read } from '../state/reads.ts';
import { withDefaultBranch } from '../state/repositories.ts';
import type { Project } from '../state/rows.ts';
import { projectOf, type State, withTimer } from '../state/state.ts';
import { askOnce } from './ask-host.ts';
import { boundTo } from './bound-projects.ts';
import { refOfNews } from './news.ts';

// What a webhook of the git host says about a pull request. Its row keeps the newest facts; what the person watches
// becomes news, and news of a minute become one message.

export const readsOfPulls = (): Read[] => [{ rows: 'pull-requests' }];

export function onHostEvent(state: State, event: HostEvent, ctx: Context): Decision {
  const projects = boundTo(state, event);
  if (projects.length === 0) return noEffects(state, { level: 'info', event: 'git-event-unbound', what: event.what });
  if (ctx.now - event.at > EVENT_OLD_MS)
    return noEffects(state, { level: 'warn', event: 'git-event-old', what: event.what });
  // A late event may name a former default branch, and the present one would be unprotected.
  const branch = ctx.now - event.at <= BRANCH_OLD_MS ? event.defaultBranch : null;
  return projects.reduce(
    (so, project) => andThen(so, (next) => onEventOf(withDefaultBranch(next, project.id, branch), project, event, ctx)),
    noEffects(state),
  );
}

function onEventOf(state: State, project: Project, event: HostEvent, ctx: Context): Decision {
  if (event.what === 'check-failed') return noEffects(onFailedCheck(state, project, event, ctx));
  const known = findPull(state, project.id, event.pull.number);
  if (known === undefined && (project.watches ?? USUAL_WATCHES).others.length === 0) return noEffects(state);
  const pull = withFacts(known ?? newPull(project.id, event.pull, ctx.now), event.pull, ctx.now);
  const kept = withPull(state, pull);
  switch (event.what) {
    case 'opened':
      return !pull.isShown && watches(kept, pull, 'new') ? askOnce(kept, 'new', pull, ctx) : noEffects(kept);
    case 'changed':
      return noEffects(kept);
    case 'closed': {
      const isNews = known?.state !== pull.state && watches(kept, pull, 'merges');
      const what = pull.state === 'merged' ? 'merged' : 'closed';
      return noEffects(isNews ? withNews(kept, pull, { what }, `${what} ${pull.head}`, ctx) : kept);
    }
    case 'review': {
      const { id, verdict, author } = event.review;
      const isNews = watches(kept, pull, 'reviews');
      return noEffects(isNews ? withNews(kept, pull, { what: 'review', verdict, author }, `review ${id}`, ctx) : kept);
    }
  }
}

/** Pull requests whose newest commit failed a check. A commit that is no longer the newest is nobody's news. */
function onFailedCheck(
  state: State,
  { id }: Project,
  { head, numbers, name }: Extract<HostEvent, { what: 'check-failed' }>,
  ctx: Context,
): State {
  const meant = state.pulls.filter(
    (pull) => pull.project === id && pull.state === 'open' && (pull.head === head || numbers.includes(pull.number)),
  );
  return meant.reduce(
    (so, pull) =>
      watches(so, pull, 'checks')
        ? withNews(so, pull, { what: 'checks', names: [name] }, `check ${head} ${name}`, ctx)
        : so,
    state,
  );
}

export const newPull = (project: string, said: PullRequest, now: number): KnownPull => ({
  ...said,
  project,
  isOurs: false,
  isShown: false,
  news: [],
  told: [],
  updatedAt: now,
});

/** An event about a review or from a list lacks some of the numbers. */
export const withFacts = (pull: KnownPull, said: PullRequest, now: number): KnownPull => ({
  ...pull,
  ...said,
  files: said.files ?? pull.files,
  added: said.added ?? pull.added,
  removed: said.removed ?? pull.removed,
  updatedAt: now,
});

export function watches(state: State, { project, isOurs }: KnownPull, what: Watched): boolean {
  const { own, others } = projectOf(state, project).watches ?? USUAL_WATCHES;
  return (isOurs ? own : others).includes(what);
}

/** Adds news once for each key. The timer of the first of them tells them all. */
function withNews(state: State, pull: KnownPull, news: PullNews, key: string, ctx: Context): State {
  const { told, project, number } = findPull(state, pull.project, pull.number) ?? pull;
  if (told.includes(key)) return state;
  const row = {
    ...pull,
    told: [...told, key].slice(-TOLD_KEPT),
    news: joined(pull.news, news),
  };
  const kept = withPull(state, row);
  const ref = refOfNews(project, number);
  if (kept.timers.some((t) => t.kind === 'git-news' && t.ref === ref)) return kept;
  return withTimer(kept, { kind: 'git-news', ref, dueAt: ctx.now + NEWS_BURST_MS, attempts: 0 });
}

const NEWS_MOST = 20;

function joined(before: readonly PullNews[], news: PullNews): readonly PullNews[] {
  const checks = before.find((each) => each.what === 'checks');
  if (news.what !== 'checks' || checks === undefined) return [...before, news].slice(-NEWS_MOST);
  const names = [...new Set([...checks.names, ...news.names])].slice(0, NEWS_MOST);
  return before.map((each) => (each === checks ? { what: 'checks', names } : each));
}
