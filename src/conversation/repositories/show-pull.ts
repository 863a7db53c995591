import type { Checks } from '../../git/checks.ts';
import { mayUse } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { sendWordButtons, type WordButton } from '../outbox/replies.ts';
import type { Context } from '../state/events.ts';
import type { KnownPull } from '../state/pull-request-rows.ts';
import { withPull } from '../state/pulls.ts';
import { roleOf } from '../state/standing.ts';
import { projectOf, type State } from '../state/state.ts';
import { withWays } from './news.ts';

// A pull request as a message: what it is, its checks, and buttons.

/** `checks`: null when they aren't known. */
export function showPull(state: State, pull: KnownPull, checks: Checks | null, ctx: Context): State {
  const { label } = projectOf(state, pull.project);
  const name = `${label}#${pull.number}`;
  const words = texts.pulls;
  const text = words.bubble(label, pull, checks);
  const isOpen = pull.state === 'open';
  const mayMerge = mayUse(roleOf(state, ctx), 'approve');
  const buttons: WordButton[] = [
    { title: words.buttons.changes, says: `/diff ${name}` },
    { title: words.buttons.checks, says: `/checks ${name}` },
    ...(isOpen && mayMerge ? [{ title: words.buttons.merge, says: `/pr merge ${name}` }] : []),
  ];
  const shown = withPull(state, { ...pull, isShown: true });
  return sendWordButtons(shown, { text, plain: withWays(text, buttons), buttons }, ctx);
}
