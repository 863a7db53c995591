import { CLONE, PUSH, startLargeRepository } from '../test/journeys/large-repository.ts';
import { type Figures, median, type Part } from './figures.ts';

// Measures how a large clone and a large push stream through the connect gateway, by turns with the same bytes straight
// from and to the host.

const TURNS = 3;
const MIB = 2 ** 20;
const WAYS = { clone: CLONE, push: PUSH } as const;
const NAMES = { clone: 'clone of 300 MB', push: 'push of 90 MB' } as const;
type Way = keyof typeof WAYS;

const rowsOf = (way: Way) =>
  ({
    rate: `connect gateway: ${NAMES[way]}`,
    ratio: `connect gateway: ${NAMES[way]}, time against direct`,
    memory: `connect gateway: ${NAMES[way]}, memory of the relay`,
  }) as const;

export const parts: readonly Part[] = (['clone', 'push'] as const).map((way) => {
  const { rate, ratio, memory } = rowsOf(way);
  return {
    name: `connect gateway, ${way}`,
    rows: [
      { row: rate, unit: 'MiB/s' },
      { row: ratio, unit: '×' },
      { row: memory, unit: 'MiB', target: 64 },
    ],
    runs: 5,
    measure: () => measure(way),
  };
});

async function measure(way: Way): Promise<Figures> {
  const own = await startLargeRepository();
  const { rate, ratio, memory } = rowsOf(way);
  try {
    const grown = await own.growthDuring(() => own[way]());
    const [direct, through]: [number[], number[]] = [[], []];
    for (let n = 0; n < TURNS; n++) {
      direct.push(await own[way](true));
      through.push(await own[way]());
    }
    const took = median(through);
    return {
      [rate]: WAYS[way] / MIB / (took / 1000),
      [ratio]: took / median(direct),
      [memory]: grown / MIB,
    };
  } finally {
    await own.stop();
  }
}
