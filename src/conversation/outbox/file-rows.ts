import { texts } from '../../texts/index.ts';
import type { OutgoingFile } from '../state/outgoing-file.ts';
import { type State, withoutTimer } from '../state/state.ts';

// Rows of the files the agent sends: how they are found and changed. What becomes of them: outbox/outgoing-files.ts.

export const withFile = (state: State, id: string, change: Partial<OutgoingFile>): State => ({
  ...state,
  outgoing: state.outgoing.map((f) => (f.id === id ? { ...f, ...change } : f)),
});

/** The file that goes with a reply, as long as it is kept. */
export const fileOf = (state: State, media: string | null): OutgoingFile | null =>
  state.outgoing.find((f) => f.id === media && f.state === 'stored') ?? null;

/** What a turn that was stopped has not sent yet is not sent; what was fetched of it is removed. */
export function dropFiles(state: State, turn: string): State {
  const dropped = state.outgoing.filter((f) => f.turn === turn && f.state === 'wanted');
  return dropped.reduce(
    (next, { id }) => withoutTimer(withFile(next, id, { state: 'over', note: texts.files.stopped }), 'outgoing', id),
    state,
  );
}
