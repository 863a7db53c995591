import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { historyOf } from '../test/fixtures/history.ts';
import { median, type Part } from './figures.ts';
import { personOf, type Rig, SENDER, startRig } from './rig.ts';

// Measures what years of history cost in time: a conversation with 50,000 messages, 5,000 turns, 50 schedules and 1,000
// files against a new one in the same relay, text by text in turn. The rows are counted by test/edge/growth.test.ts.

const WARM_UP = 30;
/** For the first turns after a wake; the first pair is compared awake. */
const PAIRS = 8;
/** Of each, and how often both texts are taken for one ratio. */
const TEXTS = 60;
const ROUNDS = 5;

const RATIO = 'grown conversation against a new one, time';
const WOKEN = 'grown conversation against a new one, time of the first turn after a wake';

export const parts: readonly Part[] = [
  {
    name: 'growth',
    rows: [
      { row: RATIO, unit: '×', target: 1.15 },
      { row: WOKEN, unit: '×' },
    ],
    runs: 1,
    async measure() {
      const rig = await startRig({ vars: { GATHER_MS: '0' } });
      const pairs = Array.from({ length: PAIRS }, (_, n) => ({ young: personOf(2 * n), grown: personOf(2 * n + 1) }));
      const [first] = pairs as [Pair];
      try {
        for (const { young, grown } of pairs) for (const person of [young, grown]) await turn(rig, person);
        await rig.asleep();
        for (const { grown } of pairs) addHistory(rig.folder, grown);
        const woken = { young: [] as number[], grown: [] as number[] };
        for (const { young, grown } of pairs) {
          woken.young.push(await turn(rig, young));
          woken.grown.push(await turn(rig, grown));
        }
        for (let n = 0; n < WARM_UP; n++) for (const person of [first.young, first.grown]) await turn(rig, person);
        const ratios: number[] = [];
        for (let round = 0; round < ROUNDS; round++) ratios.push(await compare(rig, first));
        return { [RATIO]: ratios, [WOKEN]: median(woken.grown) / median(woken.young) };
      } finally {
        await rig.stop();
      }
    },
  },
];

type Pair = { young: string; grown: string };

async function compare(rig: Rig, pair: Pair): Promise<number> {
  const took: Record<'young' | 'grown', number[]> = { young: [], grown: [] };
  for (let n = 0; n < TEXTS; n++) {
    // Each goes first as often as the other.
    for (const who of n % 2 === 0 ? (['young', 'grown'] as const) : (['grown', 'young'] as const)) {
      took[who].push(await turn(rig, pair[who]));
    }
  }
  return median(took.grown) / median(took.young);
}

/** From the text to the carrier's call with the answer. */
async function turn(rig: Rig, person: string): Promise<number> {
  const { text, at } = await rig.text(person);
  await rig.rest(text);
  return (await rig.wait('created', text)) - at;
}

/** Into the file of the sleeping object. */
function addHistory(folder: string, person: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sqlite'));
  for (const file of files) {
    const database = new DatabaseSync(join(folder, file));
    try {
      const isTheirs =
        database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'conversation'`).get() !== undefined &&
        database.prepare('SELECT 1 FROM conversation WHERE address = ?').get(person) !== undefined;
      if (!isTheirs) continue;
      database.exec('BEGIN');
      for (const statement of historyOf({ person, sender: SENDER, now: Date.now() })) database.exec(statement);
      database.exec('COMMIT');
      return;
    } finally {
      database.close();
    }
  }
  throw new Error('the conversation has no file');
}
