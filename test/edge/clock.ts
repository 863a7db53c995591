import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll } from 'vitest';

// The clock of the isolate, which the objects share with their test: it stands still while frozen, and the test moves
// it. Alarms fire by the platform's clock, so a test that moves time fires them itself.

const real = Date.now;
/** The alarm for work that is not due by a frozen clock: the platform’s clock goes on and would fire without end. */
const FAR_MS = 365 * 24 * 3_600_000;
let frozenAt: number | null = null;
let moved = 0;

/** Freezes the clock. Call it before anything else, because lanes keep the function they found. */
export function useClock(): { freeze: () => void; move: (ms: number) => void } {
  Date.now = () => (frozenAt ?? real()) + moved;
  beforeAll(() => runInDurableObject(env.CONVERSATIONS.getByName('clock'), (_, { storage }) => keepAlarms(storage)));
  afterEach(() => {
    frozenAt = null;
    moved = 0;
  });
  return {
    freeze: () => {
      frozenAt = real();
    },
    move: (ms) => {
      moved += ms;
    },
  };
}

let isKept = false;

/** Alarms follow the clock that the test sees. */
function keepAlarms(storage: DurableObjectStorage): void {
  if (isKept) return;
  isKept = true;
  const all = Object.getPrototypeOf(storage) as DurableObjectStorage;
  const { setAlarm, getAlarm } = all;
  all.setAlarm = function (at, options) {
    const time = Number(at);
    return setAlarm.call(this, frozenAt !== null && time > Date.now() ? time + FAR_MS : time, options);
  };
  all.getAlarm = async function (options) {
    const time = await getAlarm.call(this, options);
    return time !== null && time > real() + FAR_MS / 2 ? time - FAR_MS : time;
  };
}
