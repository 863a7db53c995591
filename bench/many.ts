import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './clock.ts';
import { type Figures, type Part, percentile } from './figures.ts';
import { personOf, type Rig, startRig } from './rig.ts';

// Measures whether the conversations that exist slow down those that are busy: 20 people text in a relay with 10,000
// conversations, and 10 people in one with 10, equally often. Each of the 10,000 has had a whole turn before.

const CONVERSATIONS = 10_000;
const BUSY = 20;
const FEW = 10;
/** The text and its answer, in both relays by turns. */
const ROUNDS = 5;
const TEXTS = 100;
const EVERY_MS = 100;
/** Turns at once while the conversations are made. */
const MADE_AT_ONCE = 32;
/** workerd keeps three files open for each conversation for up to 140 s, and many systems allow it 20,000. */
const MADE_EVERY_MS = 25;
/** The first and the last so many are compared. */
const SLICE = 1000;
const MADE_WITHIN_MS = 40 * 60_000;

const NAME = `${CONVERSATIONS.toLocaleString('en')} conversations, ${BUSY} busy`;
const ROWS = {
  few: { row: `${FEW} conversations: text → carrier has the answer, p50`, unit: 'ms' },
  many: { row: `${NAME}: text → carrier has the answer, p50`, unit: 'ms' },
  ratio: { row: `${NAME}: latency against ${FEW} conversations`, unit: '×', target: 1.3 },
  cpu: { row: `${NAME}: CPU of the relay per turn, against ${FEW} conversations`, unit: '×' },
  last: {
    row: `${CONVERSATIONS.toLocaleString('en')} conversations: CPU of a first turn, last thousand against first`,
    unit: '×',
  },
  memory: { row: `${CONVERSATIONS.toLocaleString('en')} conversations: memory each`, unit: 'KiB' },
  disk: { row: `${CONVERSATIONS.toLocaleString('en')} conversations: disk each`, unit: 'KiB' },
};

export const parts: readonly Part[] = [
  {
    name: NAME,
    rows: Object.values(ROWS),
    runs: 1,
    async measure() {
      const [few, many] = [await startRig({ vars: { GATHER_MS: '0' } }), await startRig({ vars: { GATHER_MS: '0' } })];
      try {
        await makeConversations(few, 0, FEW);
        await makeConversations(many, 0, BUSY);
        const memoryBefore = many.memoryBytes();
        const first = await makeConversations(many, BUSY, SLICE);
        await makeConversations(many, SLICE, CONVERSATIONS - SLICE);
        const last = await makeConversations(many, CONVERSATIONS - SLICE, CONVERSATIONS);
        await many.asleep();
        const memory = (many.memoryBytes() - memoryBefore) / CONVERSATIONS / 1024;
        const disk = diskBytes(many.folder) / CONVERSATIONS / 1024;
        const figures: Figures = { [ROWS.memory.row]: memory, [ROWS.disk.row]: disk, [ROWS.last.row]: last / first };
        const rounds: { few: Round; many: Round }[] = [];
        // The first round wakes them.
        for (let round = 0; round <= ROUNDS; round++) {
          const figure = { few: await measureRound(few, FEW), many: await measureRound(many, BUSY) };
          if (round > 0) rounds.push(figure);
        }
        figures[ROWS.few.row] = rounds.map((round) => round.few.latency);
        figures[ROWS.many.row] = rounds.map((round) => round.many.latency);
        figures[ROWS.ratio.row] = rounds.map((round) => round.many.latency / round.few.latency);
        figures[ROWS.cpu.row] = rounds.map((round) => round.many.cpu / round.few.cpu);
        return figures;
      } finally {
        await Promise.all([few.stop(), many.stop()]);
      }
    },
  },
];

/** One turn of each person. Returns the processor time of each. */
async function makeConversations(rig: Rig, from: number, to: number): Promise<number> {
  const [began, cpuBefore] = [now(), rig.cpuMs()];
  const until = began + MADE_WITHIN_MS;
  let next = from;
  const makeSome = async (): Promise<void> => {
    while (next < to) {
      if (now() > until) throw new Error(`only ${next} conversations were made in ${MADE_WITHIN_MS / 60_000} minutes`);
      const person = personOf(next++);
      await pause(Math.max(0, began + (next - from) * MADE_EVERY_MS - now()));
      await rig.rest((await rig.text(person)).text);
    }
  };
  await Promise.all(Array.from({ length: MADE_AT_ONCE }, makeSome));
  return (rig.cpuMs() - cpuBefore) / (to - from);
}

/** Milliseconds: the median until the carrier has the answer, and the relay's processor time for each turn. */
type Round = { latency: number; cpu: number };

/** Texts at a steady pace, which these people send in turn. */
async function measureRound(rig: Rig, people: number): Promise<Round> {
  const [began, cpuBefore] = [now(), rig.cpuMs()];
  const answered = Array.from({ length: TEXTS }, async (_, n) => {
    await pause(Math.max(0, began + n * EVERY_MS - now()));
    const { text, at } = await rig.text(personOf(n % people));
    await rig.rest(text);
    return (await rig.wait('created', text)) - at;
  });
  const latency = percentile(await Promise.all(answered), 0.5);
  return { latency, cpu: (rig.cpuMs() - cpuBefore) / TEXTS };
}

/** Disk space of the files, in bytes. */
function diskBytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).blocks * 512, 0);
}
