import { requireRead } from './reads.ts';
import type { Message } from './rows.ts';
import type { State } from './state.ts';

// The messages of a conversation: which wait, which are in a turn, and how they change.

/** The fields of a message that nobody has taken up yet. */
export const NEW_MESSAGE = {
  tried: false,
  stoppedAt: null,
  steered: false,
  state: 'waiting',
  turn: null,
  project: null,
  action: null,
  session: null,
  run: null,
  checkCommand: null,
  changed: null,
} as const;

/** The person's messages. */
export const findWaiting = (state: State): Message[] =>
  state.messages.filter((m) => m.state === 'waiting' && m.run === null);

/** Runs of schedules. */
export const findWaitingRuns = (state: State): Message[] =>
  state.messages.filter((m) => m.state === 'waiting' && m.run !== null);

/** The newest messages that wait for /retry. */
export function findFailed(state: State): Message[] {
  requireRead(state, { rows: 'failed-messages' });
  return state.messages.filter((m) => m.state === 'failed');
}

export const hasUnanswered = (state: State): boolean => state.messages.some((m) => m.state === 'active');

export function setMessages(state: State, which: (message: Message) => boolean, change: Partial<Message>): State {
  return { ...state, messages: state.messages.map((m) => (which(m) ? { ...m, ...change } : m)) };
}
