import { PAUSES } from './live/fly-round.ts';
import { runLive } from './live/run.ts';

// `npm run live`: one round against the real Twilio, Telegram, Fly and Anthropic, for people who have accounts. Everything else
// is only tested against stand-ins; this shows where the real services differ. Costs a few cents and removes what it
// created.

/** The polling interval in milliseconds, for tests against a faster stand-in. */
const everyMs = Number(process.env.ROOST_LIVE_EVERY_MS ?? PAUSES.everyMs);

const interrupted = new AbortController();

// Ctrl-C must not leave a machine behind: the round stops, and everything it created is removed.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted.abort();
    console.error('Stopping: removing what was created on Fly first. This takes a moment.');
  });
}

const print = { out: (text: string) => console.log(text), error: (text: string) => console.error(text) };
process.exitCode = await runLive(process.argv.slice(2), print, { everyMs, given: interrupted.signal });
