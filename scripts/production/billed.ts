/**
 * What Twilio and WhatsApp charge for, over the fifty tasks of test/fixtures/tasks.ts at default settings: the person's
 * texts and taps, the messages to them, and the segments of those messages if they were SMS. Counted by
 * test/edge/billed.test.ts, which fails when a figure is another.
 */
export const BILLED = { turns: 51, texts: 56, messages: 66, segments: 367 } as const;
