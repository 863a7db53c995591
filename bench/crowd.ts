import { readFileSync } from 'node:fs';
import { now } from './clock.ts';
import { type Figures, type Measure, type Part, percentile } from './figures.ts';
import { personOf, type Rig, startRig } from './rig.ts';

// Measures many people who text at once, over 64 connections: their first texts, then later ones. The targets of more
// than 200 people are in proportion to theirs.

const ROUNDS = ['first texts', 'later texts'] as const;
/** Seconds, of 200 people. */
const TARGETS = {
  'first texts': { started: 1.8, answered: 2.8 },
  'later texts': { started: 0.9, answered: 1.8 },
};
const WEBHOOK_TARGET_S = 1.5;
const CPU_TARGET_MS = 10;
/** A round with less than this for each person has failed. */
const LATEST_MS = 200;
const LEAST_MS = 240_000;

/** Files and sockets that workerd has open for each person whose turn has not been over for long. */
const FILES_EACH = 8;

type Round = { started: number; answered: number; webhooks: number[]; cpu: number };

function crowdOf(people: number, runs: number): Part {
  const name = `${people.toLocaleString('en')} people at once`;
  const rowsOf = (which: (typeof ROUNDS)[number]): (Measure & { figure: (round: Round) => number })[] => {
    const of = `${name}, ${which}`;
    const inProportion = (seconds: number): number => (seconds * people) / 200;
    const webhook = people > 200 ? { target: WEBHOOK_TARGET_S } : {};
    const { started, answered } = TARGETS[which];
    return [
      { row: `${of}: last turn started`, unit: 's', target: inProportion(started), figure: (r) => r.started },
      { row: `${of}: all answered`, unit: 's', target: inProportion(answered), figure: (r) => r.answered },
      { row: `${of}: webhook p99`, unit: 's', ...webhook, figure: (r) => percentile(r.webhooks, 0.99) },
      { row: `${of}: slowest webhook`, unit: 's', ...webhook, figure: (r) => percentile(r.webhooks, 1) },
      { row: `${of}: CPU of the relay per turn`, unit: 'ms', target: CPU_TARGET_MS, figure: (r) => r.cpu },
    ];
  };
  return {
    name,
    rows: ROUNDS.flatMap(rowsOf).map(({ figure: _, ...row }) => row),
    runs,
    async measure() {
      requireFiles(name, people * FILES_EACH);
      const rig = await startRig({ vars: { GATHER_MS: '0' } });
      const figures: Figures = {};
      try {
        for (const which of ROUNDS) {
          const round = await measureRound(rig, people);
          for (const { row, figure } of rowsOf(which)) figures[row] = figure(round);
        }
        return figures;
      } finally {
        await rig.stop();
      }
    },
  };
}

export const parts: readonly Part[] = [crowdOf(200, 5), crowdOf(1000, 3), crowdOf(5000, 1)];

/** Without them workerd answers with 500 after half a minute. */
function requireFiles(name: string, needed: number): void {
  const allowed = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0);
  if (allowed < needed) throw new Error(`${name} need ${needed} open files; ulimit -n allows ${allowed}.`);
}

/** Everybody texts; over when the relay has answered every callback and acknowledged every end. */
async function measureRound(rig: Rig, people: number): Promise<Round> {
  const [called, over] = [rig.count('called') + people, rig.count('over') + people];
  const cpuBefore = rig.cpuMs();
  const began = now();
  const posted = await Promise.all(Array.from({ length: people }, (_, n) => rig.text(personOf(n))));
  const isOver = (): boolean => rig.count('called') >= called && rig.count('over') >= over;
  const withinMs = Math.max(LEAST_MS, people * LATEST_MS);
  const what = (): string => `${rig.count('called')} of ${called} answers, ${rig.count('over')} of ${over} ends`;
  await rig.until(isOver, 'all answers and ends', withinMs).catch((error: Error) => {
    throw new Error(`${error.message}: ${what()}`);
  });
  const last = (moment: 'started' | 'created'): number =>
    Math.max(...posted.map(({ text }) => rig.momentOf(moment, text) ?? Number.NaN));
  return {
    started: (last('started') - began) / 1000,
    answered: (last('created') - began) / 1000,
    webhooks: posted.map(({ took }) => took / 1000),
    cpu: (rig.cpuMs() - cpuBefore) / people,
  };
}
