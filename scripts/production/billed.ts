/**
 * The messages that Twilio and WhatsApp charge for, over the fifty tasks of test/fixtures/tasks.ts at default settings.
 * Counted by test/edge/billed.test.ts, which fails when the figure is another.
 */
export const BILLED = { turns: 51, messages: 66 } as const;
