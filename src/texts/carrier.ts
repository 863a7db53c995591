// Texts about the carrier: what it refused, and what it accepted late.

const PART = 'I couldn’t deliver part of my answer.';
/** By the kind of reply. A person misses nothing if another kind is lost. */
const UNDELIVERED: Readonly<Record<string, string>> = {
  answer: `${PART} Ask me to put it differently.`,
  question: 'I couldn’t deliver a question of mine. Text me what you’d like me to do.',
  reminder: 'I couldn’t deliver a reminder. Text /schedules to see your reminders.',
  notice: 'I couldn’t deliver a message. Text /status to see where things stand.',
};
/** The words may not have caused the refusal. */
const REFUSED = `${PART} Ask me to send it again.`;

export const carrierTexts = {
  /** Null when the person misses nothing. */
  undelivered: (kind: string, failure: 'content' | 'other'): string | null =>
    kind === 'answer' && failure === 'other' ? REFUSED : (UNDELIVERED[kind] ?? null),
  saysUndelivered: (text: string): boolean => text === REFUSED || Object.values(UNDELIVERED).includes(text),
  /** Stands above words that waited for the carrier. */
  mayRepeat: 'You may have this already: I couldn’t find out whether it arrived.',
  /** Stands above words with a link of a local run. */
  opensHere: 'Open the link below on the computer that runs Roost.',
  readyBefore: (when: string, channel: string): string =>
    `This was ready ${when}, but ${channel} didn’t take it until now.`,
} as const;
