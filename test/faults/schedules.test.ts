import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { table } from '../../bench/figures.ts';
import { type Patch, QUICK_LOOK_UPS } from './patches.ts';
import { type Bundles, type Found, type Kind, PERSON, play, type Strike, WORDS } from './schedule-case.ts';
import { factsOf, wantedOf } from './schedule-facts.ts';
import { ADVANCED_LATER, QUICK_GIVING, STAND_STILLS, STANDING_STILL, type StandStill } from './stand-stills.ts';
import { bundleChanged } from './variant-run.ts';

// Schedules that are due while the relay is killed: at every point from the alarm to the last callback, in the middle
// of the agent's work, and at the due second by releases. In every case: one run for each due time, one text.

const root = resolve(import.meta.dirname, '../..');

type Case = { name: string; kind: Kind; strike: Strike; runsAtKill?: number };

const ALL: readonly StandStill[] = STAND_STILLS.map(({ point }) => point);
/** The points that every kind passes, and those that only this kind passes. */
const pointsOf = (kind: Kind): StandStill[] =>
  STAND_STILLS.filter(({ only }) => only === null || only === kind).map(({ point }) => point);
/** The points up to the commit leave nothing of a run behind, so a kind that only differs later skips them. */
const STRUCK: { [kind in Kind]: readonly StandStill[] } = {
  text: pointsOf('text'),
  agent: pointsOf('agent').slice(ALL.indexOf('on disk, nothing begun')),
  // Afterwards they behave like a rule that continues.
  once: ['in the transaction, rows written', 'on disk, nothing begun'],
  snoozed: ['in the transaction, rows written', 'on disk, nothing begun'],
  others: [
    'on disk, nothing begun',
    'somebody else has the words, no answer stored',
    'the owner knows of somebody else’s, no answer stored',
  ],
};

const CASES: Case[] = [
  ...(Object.keys(STRUCK) as Kind[]).flatMap((kind) =>
    STRUCK[kind].map((point): Case => {
      const { runs = 0 } = STAND_STILLS.find((at) => at.point === point) ?? {};
      return { name: point, kind, strike: { how: 'stands still', point }, runsAtKill: runs };
    }),
  ),
  ...([['relay'], ['machine'], ['relay', 'machine']] as const).map((kill): Case => {
    const name = `the agent works, ${kill.join(' and ')} killed`;
    return { name, kind: 'agent', strike: { how: 'mid-run', kill }, runsAtKill: 1 };
  }),
  // The agent's answer leaves as a text does.
  {
    name: 'released five times from the due moment',
    kind: 'agent',
    strike: { how: 'released', afterMs: 0, again: 4 },
  },
  ...[-20, 20].map((afterMs): Case => {
    return {
      name: `released, ${afterMs} ms from the due moment`,
      kind: 'text',
      strike: { how: 'released', afterMs, again: 0 },
    };
  }),
];

const folder = mkdtempSync(join(tmpdir(), 'roost-schedules-'));
const found = new Map<Case, Found>();
let bundles: Bundles;
let wrong: Bundles;

beforeAll(async () => {
  const bundled = async (name: string, patches: readonly Patch[]): Promise<string> => {
    await bundleChanged(root, join(folder, name), [QUICK_LOOK_UPS, QUICK_GIVING, ...patches]);
    return join(folder, name);
  };
  const [plain, still, wrongStill] = await Promise.all([
    bundled('plain', []),
    bundled('still', STANDING_STILL),
    bundled('wrong', [...STANDING_STILL, ...ADVANCED_LATER]),
  ]);
  bundles = { root, plain, still };
  wrong = { root, plain, still: wrongStill };
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  const head = ['struck', 'kind', 'rows at the kill', 'runs', 'texts', 'seen by the agent', 'next time', 'seconds'];
  const rows = CASES.flatMap((each) => {
    const outcome = found.get(each);
    return outcome ? [rowOf(each, outcome)] : [];
  });
  console.log(`\n${table(head, rows)}\n`);
});

describe('one run and one text for a due time, when it is struck', () => {
  const named = CASES.map((each) => [each.name, each.kind, each] as const);
  test.concurrent.each(named)('%s: %s', async (_name, _kind, each) => {
    const outcome = await play(bundles, folder, each.kind, each.strike);
    found.set(each, outcome);
    expect(factsOf(outcome)).toEqual(wantedOf(each, outcome));
    if (each.runsAtKill !== undefined) expect(outcome.atKill?.runs).toHaveLength(each.runsAtKill);
  });

  test.concurrent('a relay that advances a schedule a moment after its run is found out', async () => {
    const strike: Strike = { how: 'stands still', point: 'on disk, nothing begun' };
    const { due, atKill, end, texts } = await play(wrong, folder, 'text', strike);
    expect(atKill?.nextAt).toBe(due);
    expect(end?.runs.map(({ dueAt }) => dueAt)).toEqual([due, due]);
    expect(texts).toEqual([`${PERSON}: ${WORDS}`, `${PERSON}: ${WORDS}`]);
  });
});

function rowOf(each: Case, outcome: Found): string[] {
  const facts = factsOf(outcome);
  const { next } = wantedOf(each, outcome);
  return [
    each.name,
    each.kind,
    outcome.atKill?.runs.map(({ state }) => state).join(', ') || 'no run',
    String(facts.runs?.length),
    String(facts.texts.length),
    String(facts.seen),
    facts.next === next && facts.due === next ? 'ok' : `${facts.next}`,
    outcome.seconds.toFixed(1),
  ];
}
