import { startStack } from '../test/journeys/stack.ts';

// Many reminders due at the same second in one relay: how late each is at the carrier. The real relay and the simulator; no
// agent, no machine. Everybody's reminder is in an object of its own, with an alarm of its own.

const PEOPLE = 200;
const MINUTE = 60_000;
/** Time for everybody to have asked before it is due. */
const ASKING_MS = 45_000;
const LATEST_MS = 2 * MINUTE;

/** Milliseconds after the second they were due, one for each; fewer when some never came. */
export async function measureReminders(): Promise<{ late: number[]; asked: number }> {
  const stack = await startStack({ machine: false, vars: { DEFAULT_TIMEZONE: 'UTC' } });
  try {
    const people = Array.from({ length: PEOPLE }, (_, n) => `whatsapp:+447700900${String(n).padStart(3, '0')}`);
    const due = Math.ceil((Date.now() + ASKING_MS) / MINUTE) * MINUTE;
    const when = new Date(due).toISOString().slice(0, 16).replace('T', ' ');
    const outbound = () => stack.carrier.messages().filter((m) => m.direction === 'outbound-api');
    for (const person of people) stack.text(person, `/remind ${when}: stretch`);
    const isAsked = (): boolean => new Set(outbound().map((m) => m.to)).size === PEOPLE;
    await stack.until(() => isAsked() && 'asked', 'everybody to have a reminder', LATEST_MS);
    if (Date.now() >= due) throw new Error('asking took too long');

    const late: number[] = [];
    const seen = new Set(outbound().map((m) => m.sid));
    const note = (): boolean => {
      for (const { sid, body, createdAt } of outbound()) {
        if (seen.has(sid)) continue;
        seen.add(sid);
        if (body.startsWith('stretch')) late.push(createdAt - due);
      }
      return late.length >= PEOPLE;
    };
    await stack.until(() => note() && 'all', 'the reminders', LATEST_MS).catch(() => undefined);
    return { late, asked: PEOPLE };
  } finally {
    await stack.stop();
  }
}
