import type { Log } from '../../log.ts';
import type { Message, Turn } from './rows.ts';
import type { State } from './state.ts';

// The trace id of a text: a short part of the carrier's own id of the message, which is random. It names the text in
// the log of the relay and of the machine, from the webhook to the reply. Twilio's console finds the message by it.

const TRACE_CHARS = 12;

/**
 * `SM0123456789abcdef…` becomes `0123456789ab`; any other message is named by the end of its own id. In an id of several
 * parts the last one is the message's: the others may name the person.
 */
export const traceOf = ({ providerId }: Pick<Message, 'providerId'>): string =>
  /^[A-Z]{2}[0-9a-f]{32}$/i.test(providerId)
    ? providerId.slice(2, 2 + TRACE_CHARS)
    : providerId.slice(providerId.lastIndexOf(':') + 1).slice(-TRACE_CHARS);

/** How a log line names a turn. `trace` is that of its first text. */
export const namesOf = ({ id, trace }: Pick<Turn, 'id' | 'trace'>) => ({ turn: id, trace });

/** The same by the turn's id; `trace` is null if the decision hasn't read the turn. */
export const namesOfTurn = ({ turns }: Pick<State, 'turns'>, turn: string) => ({
  turn,
  trace: turns.find(({ id }) => id === turn)?.trace ?? null,
});

/** The line of a text that is stored. `turn`: which it belongs to by now; `replies`: those that it got at once. */
export function logTaken(before: State, after: State, message: Message): Log[] {
  const taken = after.messages.find(({ seq }) => seq === message.seq);
  if (!taken) return [];
  const known = before.conversation.nextReplySeq;
  const replies = after.replies.filter(({ seq, turn }) => seq >= known && turn === null).map(({ id }) => id);
  const got = replies.length === 0 ? {} : { replies: replies.join(' ') };
  return [{ level: 'info', event: 'text-taken', trace: traceOf(message), turn: taken.turn, ...got }];
}

/** A line for each waiting text that becomes part of a turn. */
export function logJoined(before: State, after: State): Log[] {
  if (after.messages === before.messages) return [];
  return before.messages.flatMap((message) => {
    const turn = after.messages.find(({ seq }) => seq === message.seq)?.turn ?? null;
    if (turn === null || turn === message.turn) return [];
    return [{ level: 'info', event: 'text-joined', trace: traceOf(message), turn } as const];
  });
}
