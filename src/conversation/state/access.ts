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
  word: null,
  op: null,
  name: null,
  day: null,
  texts: 0,
};

type Home = Pick<State, 'conversation'>;

export const accessOf = ({ conversation }: Home): Access => conversation.access ?? NEW;

export const withAccess = (state: State, change: Partial<Access>): State => ({
  ...state,
  conversation: { ...state.conversation, access: { ...accessOf(state), ...change } },
});
