import { setTimeout as pause } from 'node:timers/promises';
import { type Figures, type Measure, type Part, percentile } from './figures.ts';
import { personOf, type Rig, type Runtime, startRig } from './rig.ts';

// Measures what the relay itself adds to an answer, one turn at a time: from the webhook until the agent server has the
// turn, from the result until the carrier is called, and from the text until the carrier has an instant agent's answer.

const WARM_UP = 30;
/** Of an agent that answers at once. */
const INSTANT_TURNS = 200;
/** Of an agent that answers when the relay has finished with the start of the turn. */
const PACED_TURNS = 60;
const FIRST_TEXTS = 60;
const EMPTY_REQUESTS = 200;
/** Long enough for the relay to finish the earlier events, so that nothing else is measured. */
const QUIET_MS = 15;

type Samples = {
  /** From the webhook to the agent server, and to Twilio. */
  started: number[];
  answered: number[];
  webhook: number[];
  /** From the result to Twilio: followed by the end of the attempt, and alone. */
  sent: number[];
  sentAlone: number[];
  empty: number[];
  firstStarted: number[];
  /** Of the instant agent's turns, all callbacks included. */
  cpu: number[];
};

/** A row of the samples; `measured` finds it among them. */
type LatencyRow = Measure & { of: keyof Samples; share: number };
const ROWS: readonly Omit<LatencyRow, 'unit'>[] = [
  { row: 'webhook → agent server has the turn, p50', of: 'started', share: 0.5, target: 6 },
  { row: 'webhook → agent server has the turn, p99', of: 'started', share: 0.99, target: 20 },
  { row: 'agent result → carrier call, p50', of: 'sent', share: 0.5, target: 3 },
  { row: 'agent result → carrier call, nothing follows, p50', of: 'sentAlone', share: 0.5, target: 3 },
  { row: 'text → carrier has the answer, p50', of: 'answered', share: 0.5, target: 12 },
  { row: 'text → carrier has the answer, p99', of: 'answered', share: 0.99, target: 30 },
  { row: 'webhook → its 200, p50', of: 'webhook', share: 0.5 },
  { row: 'first text: webhook → agent server has the turn, p50', of: 'firstStarted', share: 0.5 },
  { row: 'empty request, p50', of: 'empty', share: 0.5 },
  { row: 'one turn at a time: CPU of the relay per turn', of: 'cpu', share: 0.5 },
];

function partOf(runtime: Runtime): Part {
  const isTarget = runtime === 'workerd';
  const rows = ROWS.map(({ target, row, ...rest }) => ({
    ...rest,
    row: isTarget ? row : `${runtime}: ${row}`,
    unit: 'ms',
    ...(isTarget && target !== undefined ? { target } : {}),
  }));
  return {
    name: `latency, ${runtime}`,
    rows: rows.map(({ of: _, share: __, ...row }) => row),
    runs: isTarget ? 5 : 3,
    async measure() {
      const samples = await measureLatency(runtime);
      return Object.fromEntries(rows.map(({ row, of, share }) => [row, percentile(samples[of], share)])) as Figures;
    },
  };
}

export const parts: readonly Part[] = [partOf('workerd'), partOf('wrangler dev')];

async function measureLatency(runtime: Runtime): Promise<Samples> {
  const samples: Samples = {
    started: [],
    answered: [],
    webhook: [],
    sent: [],
    sentAlone: [],
    empty: [],
    firstStarted: [],
    cpu: [],
  };
  const rig = await startRig({ runtime, vars: { GATHER_MS: '0' } });
  try {
    const warm = personOf(0);
    for (let n = 0; n < WARM_UP; n++) await turn(rig, warm);
    const cpuBefore = rig.cpuMs();
    for (let n = 0; n < INSTANT_TURNS; n++) {
      const { webhook, started, answered } = await turn(rig, warm);
      samples.webhook.push(webhook);
      samples.started.push(started);
      samples.answered.push(answered);
    }
    samples.cpu.push((rig.cpuMs() - cpuBefore) / INSTANT_TURNS);
    for (let n = 0; n < PACED_TURNS; n++) {
      const isAlone = n % 2 === 1;
      rig.pace({ answersAfterMs: QUIET_MS, endsLater: isAlone });
      samples[isAlone ? 'sentAlone' : 'sent'].push((await turn(rig, warm)).sent);
    }
    rig.pace({});
    for (let n = 0; n < EMPTY_REQUESTS; n++) samples.empty.push((await rig.ask('/healthz')).took);
    for (let n = 1; n <= FIRST_TEXTS; n++) samples.firstStarted.push((await turn(rig, personOf(n))).started);
    return samples;
  } finally {
    await rig.stop();
  }
}

/** One text, until nothing is left to do. */
async function turn(rig: Rig, person: string) {
  const { text, at, took } = await rig.text(person);
  await rig.rest(text);
  // The object commits the last callback's writes.
  await pause(1);
  const momentOf = (moment: 'started' | 'resulted' | 'created'): number => rig.momentOf(moment, text) ?? Number.NaN;
  return {
    webhook: took,
    started: momentOf('started') - at,
    answered: momentOf('created') - at,
    sent: momentOf('created') - momentOf('resulted'),
  };
}
