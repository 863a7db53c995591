import type { Reply } from './rows.ts';
import type { State } from './state.ts';
import type { Timer } from './timers.ts';

// A sender of ours that its channel has shut out, in two timers. `blocked`: ref is the sender, attempts are trials in
// vain. `doubt`: ref is the sender and the reply in question; with attempts, that reply is a trial.

export const refOfDoubt = (sender: string, reply: string): string => `${sender} ${reply}`;
export const senderOfDoubt = ({ ref }: Timer): string => ref.slice(0, ref.indexOf(' '));
export const replyOfDoubt = ({ ref }: Timer): string => ref.slice(ref.indexOf(' ') + 1);

export const findBlock = ({ timers }: Pick<State, 'timers'>, sender: string): Timer | undefined =>
  timers.find(({ kind, ref }) => kind === 'blocked' && ref === sender);
export const findDoubt = ({ timers }: Pick<State, 'timers'>, sender: string): Timer | undefined =>
  timers.find((timer) => timer.kind === 'doubt' && senderOfDoubt(timer) === sender);

/** True while nothing leaves from `sender`, but perhaps one reply as a trial. */
export const isSenderBlocked = (state: Pick<State, 'timers'>, sender: string): boolean =>
  findBlock(state, sender) !== undefined || (findDoubt(state, sender)?.attempts ?? 0) > 0;

/** Held until its blocked sender may send again, and not only until the person writes. */
export const isHeldForBlock = (
  state: Pick<State, 'timers'>,
  { state: at, troubledSince, from }: Pick<Reply, 'state' | 'troubledSince' | 'from'>,
): boolean => at === 'held' && troubledSince !== null && isSenderBlocked(state, from);

/** True if the reply may not leave as long as its sender is blocked, or as its words are in doubt. */
export function isWithheld(state: Pick<State, 'timers'>, { id, from }: Pick<Reply, 'id' | 'from'>): boolean {
  const doubt = findDoubt(state, from);
  const isInQuestion = doubt !== undefined && replyOfDoubt(doubt) === id;
  return isSenderBlocked(state, from) ? !isInQuestion : isInQuestion;
}
