import { readsOfThread } from '../commands/projects.ts';
import type { Context, Event } from '../state/events.ts';
import type { Read } from '../state/reads.ts';
import type { State } from '../state/state.ts';
import { isPastStop } from '../turn/stop.ts';
import { noteChange } from './edited-message.ts';
import { readsOfMessage } from './inbound-message.ts';

// The topic of the chat in which a text was written. It is heard before its text.

type Arrival = Extract<Event, { type: 'message' }>;
type Heard = Extract<Event, { type: 'thread' }>;
type Rows = { load: (reads: (hot: State) => readonly Read[]) => State };

/**
 * One event or none: without a topic, and for news that changes nothing (a change that is known, the stop of an earlier
 * draft). A tap and a change are about an earlier message, so they make no project. `rows` are read only where needed.
 */
export function topicOf(event: Arrival, rows: Rows, ctx: () => Context): Heard[] {
  const { edits, stops, choice } = event;
  const [heard] = heardIn(event);
  if (heard === undefined) return [];
  if (edits !== undefined || stops !== undefined) {
    const state = rows.load((hot) => readsOfMessage(event, hot));
    if (isOldNews(state, event, ctx())) return [];
  }
  return edits === undefined && choice === undefined ? [heard] : [{ ...heard, isEarlier: true }];
}

export const readsOfTopic = (event: Arrival): Read[] => heardIn(event).flatMap(readsOfThread);

const heardIn = ({ message: { from, to }, thread }: Arrival): Heard[] =>
  thread === undefined ? [] : [{ type: 'thread', from, to, ...thread }];

const isOldNews = (state: State, event: Arrival, ctx: Context): boolean =>
  !noteChange(state, event, ctx).isNews || isPastStop(state, event, ctx);
