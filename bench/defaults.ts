import { type Part, percentile } from './figures.ts';
import { personOf, startRig } from './rig.ts';

// Measures what a person notices at the default settings, when a text may be the first of several: one whole sentence
// to a relay that is warm.

const WARM_UP = 5;
const TEXTS = 40;
/** An answer ends the typing, so the agent takes a moment. */
const ANSWERS_AFTER_MS = 300;

const TYPING = 'default settings: text → typing shown, p95';
const STARTED = 'default settings: text → agent server has it, p50';

export const parts: readonly Part[] = [
  {
    name: 'default settings',
    rows: [
      { row: TYPING, unit: 'ms', target: 250 },
      { row: STARTED, unit: 'ms', target: 500 },
    ],
    runs: 5,
    async measure() {
      const rig = await startRig();
      rig.pace({ answersAfterMs: ANSWERS_AFTER_MS });
      const [typing, started]: [number[], number[]] = [[], []];
      try {
        for (let n = 0; n < WARM_UP + TEXTS; n++) {
          const { text, at } = await rig.text(personOf(0));
          await rig.rest(text);
          if (n < WARM_UP) continue;
          typing.push((await rig.wait('typing', text)) - at);
          started.push((await rig.wait('started', text)) - at);
        }
        return { [TYPING]: percentile(typing, 0.95), [STARTED]: percentile(started, 0.5) };
      } finally {
        await rig.stop();
      }
    },
  },
];
