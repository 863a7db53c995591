import type { Message } from '../state/rows.ts';

// The trace id of a text: a short part of the carrier's own id of the message, which is random. It names the text in
// the log of the relay and of the machine, from the webhook to the reply. Twilio's console finds the message by it.

const TRACE_CHARS = 12;

/** `SM0123456789abcdef…` becomes `0123456789ab`; a message of Roost itself is named by the end of its own id. */
export const traceOf = ({ providerId }: Pick<Message, 'providerId'>): string =>
  /^[A-Z]{2}[0-9a-f]{32}$/i.test(providerId) ? providerId.slice(2, 2 + TRACE_CHARS) : providerId.slice(-TRACE_CHARS);
