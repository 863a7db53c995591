import { startFlyStack } from '../test/journeys/fly-stack.ts';
import { type Part, percentile } from './figures.ts';
import { commandOfImage } from './image.ts';

// Measures from a person's text to the answer at the carrier when their machine is asleep: the stand-in for Fly at its
// documented delays, the agent server as the image starts it, the real Claude Code and the demo model.

const WAKES = 4;
/** So long after its last use the relay no longer takes the machine for awake. */
const AWAY_MS = 5 * 60_000;
const PERSON = 'whatsapp:+15555550151';
const ANSWER = 'asleep → answer, stand-in for Fly at documented delays, p50';

export const parts: readonly Part[] = [
  {
    name: 'asleep',
    rows: [{ row: ANSWER, unit: 's', target: 3.2 }],
    runs: 3,
    async measure() {
      const [command, ...args] = await commandOfImage();
      const s = await startFlyStack({ pace: { scale: 1 }, image: { command, args, cwd: process.cwd() } });
      try {
        /** Seconds to the answer; notices, such as that the machine wakes up, are none. */
        const ask = async (word: string): Promise<number> => {
          const began = performance.now();
          s.stack.text(PERSON, `say ${word}.`);
          await s.stack.until(() => s.stack.sentTo(PERSON).some((body) => body.startsWith(word)), `“${word}”`);
          return (performance.now() - began) / 1000;
        };
        await ask('begun');
        const app = s.appOf(PERSON);
        const seconds: number[] = [];
        for (let n = 0; n < WAKES; n++) {
          await s.atRest(PERSON);
          await s.letSleep(app);
          await s.stack.moveClock(PERSON, AWAY_MS);
          seconds.push(await ask(`woken${n}`));
        }
        return { [ANSWER]: percentile(seconds, 0.5) };
      } finally {
        await s.stop();
      }
    },
  },
];
