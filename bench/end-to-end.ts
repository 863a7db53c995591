import { startStack } from '../test/journeys/stack.ts';
import { type Part, percentile } from './figures.ts';

// Measures from a person's text at the carrier to its answer there: real relay, agent server and Claude Code, with the
// demo model, which answers at once.

const WARM_TEXTS = 20;
const PEOPLE = 3;

type EndToEnd = { cold: number[]; warm: number[] };

const FIRST = 'text → answer, real Claude Code, first text, p50';
const LATER = 'text → answer, real Claude Code, later texts, p50';

export const parts: readonly Part[] = [
  {
    name: 'end to end',
    rows: [
      { row: FIRST, unit: 'ms' },
      { row: LATER, unit: 'ms' },
    ],
    runs: 3,
    async measure() {
      const { cold, warm } = await measureEndToEnd();
      return { [FIRST]: percentile(cold, 0.5), [LATER]: percentile(warm, 0.5) };
    },
  },
];

async function measureEndToEnd(): Promise<EndToEnd> {
  const stack = await startStack({ vars: { GATHER_MS: '0' } });
  const answered = async (person: string, text: string): Promise<number> => {
    const began = performance.now();
    await stack.ask(person, text);
    return performance.now() - began;
  };
  try {
    const measured: EndToEnd = { cold: [], warm: [] };
    for (let n = 0; n < PEOPLE; n++) {
      const person = `whatsapp:+1555555015${n}`;
      measured.cold.push(await answered(person, 'hello'));
      for (let text = 0; text < WARM_TEXTS; text++) measured.warm.push(await answered(person, `say ${text}`));
    }
    return measured;
  } finally {
    await stack.stop();
  }
}
