import { startFlyStack } from '../test/journeys/fly-stack.ts';
import { type Figures, type Part, percentile } from './figures.ts';
import { commandOfImage } from './image.ts';

// Measures from a person's text to the answer at the carrier when their machine is asleep: the stand-in for Fly at its
// documented delays, the agent server as the image starts it, the real Claude Code and the demo model.

const WAKES = 4;
/** The relay takes a machine for awake for a shorter time than this. */
const AWAY_MS = 5 * 60_000;
const PERSON = 'whatsapp:+15555550151';
const ROWS = {
  stop: { row: 'asleep → answer, stand-in for Fly at documented delays, p50', unit: 's', target: 3.2 },
  suspend: { row: 'suspended → answer, stand-in for Fly at documented delays, p50', unit: 's' },
} as const;

export const parts: readonly Part[] = [
  {
    name: 'asleep',
    rows: Object.values(ROWS),
    runs: 3,
    async measure(isWanted) {
      const figures: Figures = {};
      for (const autostop of ['stop', 'suspend'] as const) {
        const { row } = ROWS[autostop];
        if (isWanted(row)) figures[row] = percentile(await measureWakes(autostop), 0.5);
      }
      return figures;
    },
  },
];

/** Seconds from a text to its answer, each time with the machine asleep. */
async function measureWakes(autostop: string): Promise<number[]> {
  const [command, ...args] = await commandOfImage();
  const image = { command, args, cwd: process.cwd() };
  const s = await startFlyStack({ pace: { scale: 1 }, image, vars: { FLY_AUTOSTOP: autostop } });
  try {
    /** Notices, such as that the machine wakes up, are no answers. */
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
    return seconds;
  } finally {
    await s.stop();
  }
}
