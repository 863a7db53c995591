import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { table } from '../../bench/figures.ts';
import { ANSWER, type Bundles, EVERY_MS, type Found, type Kind, play, type Strike, WORDS } from './schedule-case.ts';
import { ADVANCED_LATER, STAND_STILLS, STANDING_STILL } from './stand-stills.ts';
import { bundleChanged } from './variant-run.ts';
import { QUICK_LOOK_UPS } from './variants.ts';

// Schedules that are due while the relay is killed: at every point from the alarm to the last callback, in the middle of
// the agent's work, and at the due second by releases. Whatever happens: one run for each due time, one text.

const root = resolve(import.meta.dirname, '../..');

type Case = { name: string; kind: Kind; strike: Strike; runsAtKill?: number };

/** Where a rule that never comes again may fare otherwise than one that goes on. */
const ONCE_TOO = STAND_STILLS.filter(({ runs }, n) => runs === 0 || STAND_STILLS[n - 1]?.runs === 0);

const CASES: Case[] = [
  ...(['text', 'agent', 'once'] as const).flatMap((kind) =>
    STAND_STILLS.filter((at) => kind === 'agent' || !at.point.startsWith('the machine'))
      .filter((at) => kind !== 'once' || ONCE_TOO.includes(at))
      .map(({ point, runs }): Case => {
        return { name: point, kind, strike: { how: 'stands still', point }, runsAtKill: runs };
      }),
  ),
  ...([['relay'], ['machine'], ['relay', 'machine']] as const).map((kill): Case => {
    const name = `the agent works, ${kill.join(' and ')} killed`;
    return { name, kind: 'agent', strike: { how: 'mid-run', kill }, runsAtKill: 1 };
  }),
  ...(['text', 'agent'] as const).map((kind): Case => {
    const strike: Strike = { how: 'released', afterMs: 0, again: 4 };
    return { name: 'released five times from the due moment', kind, strike };
  }),
  ...[-100, -20, 20].map((afterMs): Case => {
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
  const [plain, still, wrongStill] = ['plain', 'still', 'wrong'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const [sources] = await Promise.all([
    bundleChanged(root, plain, [QUICK_LOOK_UPS]),
    bundleChanged(root, still, [QUICK_LOOK_UPS, ...STANDING_STILL]),
    bundleChanged(root, wrongStill, [QUICK_LOOK_UPS, ...STANDING_STILL, ...ADVANCED_LATER]),
  ]);
  bundles = { root: sources, plain, still };
  wrong = { root: sources, plain, still: wrongStill };
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
    expect(factsOf(outcome)).toEqual(expected(each, outcome));
    if (each.runsAtKill !== undefined) expect(outcome.atKill?.runs).toHaveLength(each.runsAtKill);
  });

  test.concurrent('a relay that advances a schedule a moment after its run is found out', async () => {
    const strike: Strike = { how: 'stands still', point: 'on disk, nothing begun' };
    const { due, atKill, end, texts } = await play(wrong, folder, 'text', strike);
    expect(atKill?.nextAt).toBe(due);
    expect([end?.runs.map(({ dueAt }) => dueAt), texts]).toEqual([
      [due, due],
      [WORDS, WORDS],
    ]);
  });
});

function expected({ kind }: Case, { due }: Found): ReturnType<typeof factsOf> {
  const next = kind === 'once' ? null : due + EVERY_MS;
  return {
    runs: [`${due} delivered`],
    texts: [kind === 'agent' ? ANSWER : WORDS],
    seen: kind === 'agent' ? 1 : 0,
    tasks: kind === 'agent' ? 1 : 0,
    schedule: kind === 'once' ? 'over' : 'active',
    next,
    timers: { text: ['schedule'], agent: ['schedule', 'wake'], once: [] }[kind],
    due: next,
    unfinished: [],
  };
}

function factsOf({ end, texts, seen, unfinished }: Found) {
  return {
    runs: end?.runs.map(({ dueAt, state }) => `${dueAt} ${state}`),
    texts,
    seen,
    tasks: end?.tasks,
    schedule: end?.state,
    next: end?.nextAt,
    timers: end?.timers.map(({ kind }) => kind).sort(),
    due: end?.timers.find(({ kind }) => kind === 'schedule')?.dueAt ?? null,
    unfinished,
  };
}

function rowOf(each: Case, outcome: Found): string[] {
  const facts = factsOf(outcome);
  const { next } = expected(each, outcome);
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
