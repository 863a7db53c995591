import type { PullRequest } from '../../git/pull-request.ts';
import { readDiff } from '../../git/unified-diff.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice, sendWordButtons } from '../outbox/replies.ts';
import { CHECKS_LISTED, DIFF_FOR_MS, PULLS_NAMED } from '../policy/repositories.ts';
import { askMerge } from '../questions/own-prompts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { type HostAsk, type HostTold, readAsk } from '../state/host-asks.ts';
import type { KnownPull } from '../state/pull-request-rows.ts';
import { findPull, withPull } from '../state/pulls.ts';
import { withDefaultBranch } from '../state/repositories.ts';
import { type State, withoutTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';
import { askHostAgain, isAsked, isAskedAgain } from './ask-host.ts';
import { newPull, withFacts } from './host-events.ts';
import { tellNews } from './news.ts';
import { showPull } from './show-pull.ts';
import { askForWork } from './show-work.ts';

// The git host has answered: the person gets what they asked for, or why not.

const said = texts.pulls;

/** A second answer to the same question changes nothing. */
export function onHostTold(state: State, ref: string, told: HostTold, ctx: Context): Decision {
  const ask = readAsk(ref);
  if (ask === null || !isAsked(state, ref)) return noEffects(state);
  const project = state.projects.find((p) => p.id === ask.project && p.archivedAt === null);
  const settled = withoutTimer(state, 'host', ref);
  if (project === undefined) return noEffects(settled);
  // Nobody waits for a message about a pull request that was just opened or heard of, so it is tried again.
  const isQuiet = ask.verb === 'open' || ask.verb === 'new' || ask.verb === 'news';
  const isAway = told.is === 'trouble' && (told.why === 'down' || told.why === 'limited');
  if (isQuiet && isAway && isAskedAgain(state, ref)) return noEffects(state);
  if (isQuiet && ask.verb !== 'open' && told.is !== 'pull') {
    // A person whose account can't read the pull request hears nothing of it. While the host is away, news waits for the
    // next.
    return noEffects(isAway ? settled : dropNews(settled, ask), {
      level: 'warn',
      event: 'git-news-not-told',
      why: whyOf(told),
    });
  }
  if (isWorkMeant(ask, told)) return askForWork(settled, project.id, ctx);
  return noEffects(answer(settled, { ...ask, label: project.label }, told, ctx));
}

/** /diff without a pull request to show. */
const isWorkMeant = ({ verb, number }: HostAsk, told: HostTold): boolean =>
  verb === 'diff' && number === null && (told.is === 'none' || (told.is === 'trouble' && told.why === 'unknown-host'));

const whyOf = (told: HostTold): string => (told.is === 'trouble' ? told.why : told.is);

function dropNews(state: State, { project, number }: HostAsk): State {
  const pull = number === null ? undefined : findPull(state, project, number);
  return pull === undefined ? state : withPull(state, { ...pull, news: [] });
}

/** The timer is due: no call came back, or a pull request that was just opened couldn't be read. */
export function onHostTimer(state: State, timer: Timer, ctx: Context): Decision {
  const again = askHostAgain(state, timer, ctx);
  if (again !== null) return again;
  const settled = withoutTimer(state, 'host', timer.ref);
  const verb = readAsk(timer.ref)?.verb;
  if (verb === 'new' || verb === 'news') return noEffects(settled);
  return noEffects(sendNotice(settled, said.trouble('down', null, ctx.now), ctx));
}

type Asked = HostAsk & { label: string };

function answer(state: State, ask: Asked, told: HostTold, ctx: Context): State {
  const { label } = ask;
  switch (told.is) {
    case 'trouble':
      return sendNotice(state, said.trouble(told.why, told.again, ctx.now), ctx);
    case 'nothing':
      return state;
    case 'none':
      return sendNotice(state, said.none(label), ctx);
    case 'pulls':
      return listPulls(state, ask, told.pulls, ctx);
    case 'pull':
      return onPull(state, ask, told, ctx);
    case 'checks': {
      const { pull, branch, checks } = told;
      const name = pull === null ? branch : `#${pull.number} ${pull.title}`;
      const url = pull === null ? null : `${pull.url}/checks`;
      return sendNotice(state, said.checkList(name, checks, url, CHECKS_LISTED), ctx);
    }
    case 'merged':
      return sendNotice(withoutMergeNews(known(state, ask, told.pull, ctx)), said.merged(told.pull, label), ctx);
    case 'unmerged':
      return sendNotice(known(state, ask, told.pull, ctx).state, said.unmerged(told, told.pull), ctx);
    case 'diff':
      return keepDiff(state, ask, told, ctx);
  }
}

function onPull(before: State, ask: Asked, told: Extract<HostTold, { is: 'pull' }>, ctx: Context): State {
  const state = withDefaultBranch(before, ask.project, told.defaultBranch ?? null);
  const { pull, state: next } = known(state, ask, told.pull, ctx);
  if (ask.verb === 'open') {
    const ours = { ...pull, isOurs: true };
    return pull.isShown ? withPull(next, ours) : showPull(next, ours, told.checks, ctx);
  }
  if (ask.verb === 'news') return tellNews(next, pull, ctx);
  if (ask.verb === 'new') return pull.isShown ? next : showPull(next, pull, told.checks, ctx);
  if (ask.verb !== 'ask-merge') return showPull(next, pull, told.checks, ctx);
  if (pull.state !== 'open') return sendNotice(next, said.notOpen(pull), ctx);
  if (pull.isDraft) return sendNotice(next, said.isDraft(pull), ctx);
  if (told.isMergeable === false) return sendNotice(next, said.conflicts(pull), ctx);
  return askMerge(next, { project: ask.project, pull, checks: told.checks }, ctx);
}

/** Keeps what is known of the pull request, if it was known before or the agent opened it. */
function known(
  state: State,
  { project, verb }: HostAsk,
  said: PullRequest,
  ctx: Context,
): { pull: KnownPull; state: State } {
  const before = findPull(state, project, said.number);
  const pull = withFacts(before ?? newPull(project, said, ctx.now), said, ctx.now);
  return { pull, state: before === undefined && verb !== 'open' ? state : withPull(state, pull) };
}

/** The host's webhook may have come before its answer. */
const withoutMergeNews = ({ pull, state }: { pull: KnownPull; state: State }): State =>
  pull.news.length === 0
    ? state
    : withPull(state, { ...pull, news: pull.news.filter(({ what }) => what !== 'merged') });

function listPulls(state: State, { label }: Asked, pulls: readonly PullRequest[], ctx: Context): State {
  if (pulls.length === 0) return sendNotice(state, said.none(label), ctx);
  const named = pulls.slice(0, PULLS_NAMED);
  const text = said.list(label, named, pulls.length - named.length);
  const buttons = named.map(({ number, title, branch }) => ({
    title: `#${number}`,
    says: `/pr ${label}#${number}`,
    description: [...`${title} · ${branch}`].slice(0, 72).join(''),
  }));
  return sendWordButtons(state, { text, plain: text, buttons, opens: said.opensList }, ctx);
}

function keepDiff(
  state: State,
  { project, label, number: asked }: Asked,
  told: Extract<HostTold, { is: 'diff' }>,
  ctx: Context,
): State {
  const { pull, diff, isCut } = told;
  const id = ctx.id();
  const { number, title, url } = pull;
  const row = {
    id,
    project,
    number,
    title: `#${number} ${title}`,
    url,
    patch: diff,
    isCut,
    comments: 0,
    createdAt: ctx.now,
  };
  const files = readDiff(diff);
  if (files.length === 0 && !isCut) return sendNotice(state, said.noChanges(pull), ctx);
  const link = ctx.diffUrl(id, ctx.now + DIFF_FOR_MS);
  const counts = {
    files: pull.files ?? files.length,
    added: pull.added ?? files.reduce((sum, file) => sum + file.added, 0),
    removed: pull.removed ?? files.reduce((sum, file) => sum + file.removed, 0),
  };
  return sendNotice(
    { ...state, diffs: [...state.diffs, row] },
    said.diff(label, pull, counts, link, asked === null),
    ctx,
  );
}
