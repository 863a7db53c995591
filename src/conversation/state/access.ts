import type { Access } from './access-row.ts';
import type { State } from './state.ts';

// Reads and changes what the person's home knows about their access.

const NEW: Access = {
  role: null,
  admitted: false,
  state: 'in',
  because: null,
  pin: null,
  wrong: 0,
  waitUntil: 0,
  toldAt: 0,
  refusedAt: null,
  word: null,
  op: null,
  asks: null,
  name: null,
  day: null,
  texts: 0,
};

type Home = Pick<State, 'conversation'>;

export const accessOf = ({ conversation }: Home): Access => conversation.access ?? NEW;

/** The day on which texts and wishes are counted. */
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

export const withAccess = (state: State, change: Partial<Access>): State => ({
  ...state,
  conversation: { ...state.conversation, access: { ...accessOf(state), ...change } },
});
