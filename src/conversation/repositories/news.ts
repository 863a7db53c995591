import { texts } from '../../texts/index.ts';
import { sendWordButtons, type WordButton } from '../outbox/replies.ts';
import { CHECKS_NAMED, NEWS_NAMED } from '../policy/repositories.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { KnownPull } from '../state/pull-request-rows.ts';
import { findPull, withPull } from '../state/pulls.ts';
import { projectOf, type State } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';
import { askOnce } from './ask-host.ts';

// Tells the news of one pull request: one message with at most three buttons. A tap on a button starts the work. What a
// webhook says is told only if the person's own account can still read the pull request.

export const refOfNews = (project: string, number: number): string => `${project} ${number}`;

function readRef({ ref }: Timer): { project: string; number: number } {
  const at = ref.lastIndexOf(' ');
  return { project: ref.slice(0, at), number: Number(ref.slice(at + 1)) };
}

/** The timer fired: the host is asked whether the person may still read it. */
export function askAboutNews(state: State, timer: Timer, ctx: Context): Decision {
  const { project, number } = readRef(timer);
  const pull = findPull(state, project, number);
  const isLive = state.projects.some((p) => p.id === project && p.archivedAt === null);
  if (pull === undefined || pull.news.length === 0) return noEffects(state);
  if (!isLive) return noEffects(withPull(state, { ...pull, news: [] }));
  return askOnce(state, 'news', pull, ctx);
}

/** The person's account can read the pull request. */
export function tellNews(state: State, pull: KnownPull, ctx: Context): State {
  const told = withPull(state, { ...pull, news: [] });
  if (pull.news.length === 0) return told;
  const { label } = projectOf(state, pull.project);
  const more = pull.news.length - NEWS_NAMED;
  const named = pull.news.slice(-NEWS_NAMED).map((news) => texts.pulls.news(news, CHECKS_NAMED));
  const lines = more > 0 ? [...named, texts.pulls.more(more)] : named;
  const text = [texts.pulls.about(label, pull), ...lines, pull.url].join('\n');
  const buttons = buttonsFor(pull, label);
  return sendWordButtons(told, { text, plain: withWays(text, buttons), buttons }, ctx, { isNews: true });
}

function buttonsFor(pull: KnownPull, label: string): WordButton[] {
  const has = (what: string): boolean => pull.news.some((news) => news.what === what);
  const name = `${label}#${pull.number}`;
  const { buttons } = texts.pulls;
  const isOpen = pull.state === 'open';
  return [
    ...(has('checks') && isOpen ? [{ title: buttons.fix, says: `/pr fix ${name}` }] : []),
    ...(has('review') && isOpen ? [{ title: buttons.read, says: `/pr read ${name}` }] : []),
    ...(isOpen ? [{ title: buttons.changes, says: `/diff ${name}` }] : []),
  ];
}

/** For channels without buttons. */
export const withWays = (text: string, buttons: readonly WordButton[]): string =>
  buttons.length === 0 ? text : [text, '', ...buttons.map(({ title, says }) => `${title}: ${says}`)].join('\n');
