import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  admit,
  type Budgets,
  findNearlyUsedUp,
  limitsOf,
  linesOf,
  NO_BUDGETS,
  NO_LIMITS,
  OPEN_REQUESTS_MAX,
} from '../../../src/money/budget.ts';
import { costOf, NO_USAGE, reserveOf, withAnswerOf } from '../../../src/money/cost.ts';
import {
  meanOf,
  NO_SPENDING,
  onDay,
  openRequest,
  type Spending,
  settle,
  settleUnreported,
  spend,
  sumOf,
} from '../../../src/money/spending.ts';

// Costs, spending and budgets, in micro-dollars.

const USED = { input: 1000, write5m: 2000, write1h: 400, read: 50_000, output: 300, searches: 0 };

describe('the cost of an answer', () => {
  test.each([
    // 1000×5 + 2000×6.25 + 400×10 + 50,000×0.5 + 300×25 micro-dollars
    ['claude-opus-4-8', 5000 + 12_500 + 4000 + 25_000 + 7500],
    ['claude-haiku-4-5-20251001', 1000 + 2500 + 800 + 5000 + 1500],
    // Nobody knows it: each price at its highest.
    ['claude-9-anything', 15_000 + 37_500 + 12_000 + 75_000 + 22_500],
    ['constructor', 15_000 + 37_500 + 12_000 + 75_000 + 22_500],
  ])('of %s', (model, micros) => {
    expect(costOf(model, USED)).toBe(micros);
  });

  test('a prompt beyond the band has the dearer price on every token; a part of a micro-dollar counts as one', () => {
    const of = (input: number) => costOf('claude-haiku-5-5', { ...NO_USAGE, input, output: 10 });
    expect([of(100_000), of(100_001)]).toEqual([10_005, 50_026]);
    expect(costOf('claude-haiku-5-5', { ...NO_USAGE, read: 1 })).toBe(1);
    expect(costOf('claude-opus-5', { ...NO_USAGE, searches: 3 })).toBe(30_000);
  });

  test('the reserve is the counted input and the usual output, whatever max_tokens says', () => {
    expect(reserveOf('claude-opus-5', 4000, undefined)).toBe(1000 * 5 + 2000 * 25);
    expect(reserveOf('claude-opus-5', null, [100, 9])).toBe(50_000 * 5 + 100 * 25);
    expect(reserveOf('claude-opus-5', 2 ** 30, [0, 1])).toBe(1_000_000 * 5);
  });

  test('the usual output follows the newest answers', () => {
    expect(withAnswerOf(undefined, 500)).toEqual([500, 1]);
    expect(withAnswerOf([500, 1], 700)).toEqual([600, 2]);
    const long = Array.from({ length: 400 }).reduce<readonly [number, number]>(
      (mean) => withAnswerOf(mean, 1000),
      [0, 1],
    );
    expect(long[0]).toBeGreaterThan(950);
  });
});

const DAY = '2026-11-23';
const fresh = onDay(NO_SPENDING, DAY);
const request = (id: string, reserve = 100, turn = 'T1', project = 'main') => ({
  id,
  turn,
  project,
  model: 'claude-opus-5',
  reserve,
  at: 0,
});
const paid = (micros: number, of: Partial<Parameters<typeof spend>[1]> = {}): Spending =>
  spend(fresh, { on: 'model', micros, project: 'main', turn: 'T1', ...of });

describe('spending', () => {
  test('counts for the turn, the project, the day and the month', () => {
    const both = spend(paid(70), { on: 'carrier', micros: 5, project: null, turn: null });
    expect(both).toMatchObject({
      today: { model: 70, carrier: 5, machine: 0 },
      thisMonth: { model: 70, carrier: 5 },
      turns: [{ id: 'T1', micros: 70 }],
      projects: { main: { day: 70, month: 70 } },
      total: 75,
    });
  });

  test('a new day and a new month begin at nothing; a date before changes nothing', () => {
    const next = onDay(paid(70), '2026-11-24');
    expect([sumOf(next.today), sumOf(next.thisMonth), next.projects.main]).toEqual([0, 70, { day: 0, month: 70 }]);
    // A person who moves west, or sets the clock back, gets no second day.
    expect(onDay(next, DAY)).toBe(next);
    expect(onDay(next, '2026-12-01')).toMatchObject({ projects: {}, total: 70, thisMonth: { model: 0 } });
  });

  test('a request counts once, however often it is reported', () => {
    const open = openRequest(fresh, request('a'));
    const once = settle(open, { id: 'a', micros: 40, output: 900 });
    expect(once).toMatchObject({ open: [], total: 40, means: { 'claude-opus-5': [900, 1] } });
    expect(settle(once, { id: 'a', micros: 40, output: 900 })).toBe(once);
    expect(settle(once, { id: 'never', micros: 40, output: 900 })).toBe(once);
  });

  test('a late report for a request with a reserve of nothing takes no other estimate away', () => {
    const both = openRequest(openRequest(fresh, request('a')), { ...request('b'), reserve: 0 });
    const { spending } = settleUnreported(both, () => true);
    expect(spending.estimates).toBe(1);
    expect(settle(spending, { id: 'b', micros: 5, output: 1 }).estimates).toBe(1);
  });

  test('an answer that never reports costs its reserve, until its report comes', () => {
    const { spending, left } = settleUnreported(openRequest(fresh, request('a')), () => true);
    expect([spending.total, spending.open, left.length, spending.estimates]).toEqual([100, [], 1, 1]);
    const cut = settle(spending, { id: 'a', micros: 120, output: null, isEstimate: true });
    expect([cut.total, cut.estimates]).toEqual([120, 1]);
    const late = settle(cut, { id: 'a', micros: 30, output: 5 });
    expect(late.estimates).toBe(0);
    expect([late.total, sumOf(late.today), late.projects.main]).toEqual([30, 30, { day: 30, month: 30 }]);
    expect(settle(late, { id: 'a', micros: 30, output: 5 })).toBe(late);
    const tomorrow = settle(onDay(spending, '2026-11-24'), { id: 'a', micros: 30, output: 5 });
    expect([sumOf(tomorrow.today), sumOf(tomorrow.thisMonth)]).toEqual([0, 30]);
  });

  test('stays small: models, projects and settled requests have a bound', () => {
    let all = fresh;
    for (let n = 0; n < 300; n++) {
      const one = { ...request(`r${n}`, 1, 'T', `p${n}`), model: `m${n}`.padEnd(200, 'x') };
      all = settle(openRequest(all, one), { id: one.id, micros: 1, output: 1 });
    }
    expect(JSON.stringify(all).length).toBeLessThan(10_000);
    expect(all.total).toBe(300);
    expect(meanOf(all, 'constructor')).toBeUndefined();
  });
});

const budgets = (change: Partial<Budgets>): Budgets => ({ ...NO_BUDGETS, ...change });
const limits = (change: Partial<typeof NO_LIMITS>) => ({ ...NO_LIMITS, ...change });
const IN = { turn: 'T1', project: 'main' };

describe('a budget', () => {
  test('of the person, of the day alone, or as usual', () => {
    const own = budgets({ person: limits({ month: 9 }), today: { day: DAY, micros: 7 } });
    expect(limitsOf(own, limits({ turn: 1, day: 2, month: 3 }), DAY)).toEqual({ turn: 1, day: 7, month: 9 });
    expect(limitsOf(own, limits({ turn: 1, day: 2, month: 3 }), '2026-11-24')).toEqual({ turn: 1, day: 2, month: 9 });
  });

  test.each([
    ['turn', budgets({ person: limits({ turn: 100 }) })],
    ['day', budgets({ person: limits({ day: 100 }) })],
    ['month', budgets({ person: limits({ month: 100 }) })],
    ['day', budgets({ projects: { main: limits({ day: 100 }) } })],
  ] as const)('of a %s lets a request pass below it, wait for those under way, and stops at it', (per, all) => {
    const at = (spending: Spending) => admit(linesOf(spending, all, NO_LIMITS, IN), spending.open.length);
    expect(at(paid(99))).toBe('pass');
    expect(at(openRequest(paid(99), request('a', 1)))).toBe('wait');
    expect(at(paid(100))).toMatchObject({ usedUp: { per, spent: 100, limit: 100 } });
  });

  test('is another turn’s, project’s or day’s', () => {
    const all = budgets({ person: limits({ turn: 100, day: 500 }), projects: { shop: limits({ day: 10 }) } });
    const lines = (of: typeof IN, spending = paid(100)) => admit(linesOf(spending, all, NO_LIMITS, of), 0);
    expect(lines(IN)).toMatchObject({ usedUp: { per: 'turn' } });
    expect(lines({ ...IN, turn: 'T2' })).toBe('pass');
    // Both run: what the second spends gives the first no new budget.
    const both = spend(paid(100), { on: 'model', micros: 1, project: 'main', turn: 'T2' });
    expect(lines(IN, both)).toMatchObject({ usedUp: { per: 'turn', spent: 100 } });
    expect(lines({ ...IN, turn: 'T2' }, both)).toBe('pass');
    expect(lines({ turn: 'T3', project: 'shop' }, paid(10, { project: 'shop' }))).toMatchObject({
      usedUp: { of: 'project' },
    });
    expect(lines({ turn: 'T3', project: 'shop' }, onDay(paid(500, { project: 'shop' }), '2026-11-24'))).toBe('pass');
  });

  test('a fifth request of a turn waits without any budget', () => {
    expect([OPEN_REQUESTS_MAX - 1, OPEN_REQUESTS_MAX].map((open) => admit([], open))).toEqual(['pass', 'wait']);
  });

  test('warns from four fifths until it is used up, and never for a turn', () => {
    const all = budgets({ person: limits({ turn: 100, day: 100 }) });
    const warned = (micros: number) =>
      findNearlyUsedUp(linesOf(paid(micros), all, NO_LIMITS, IN)).map(({ per }) => per);
    expect([79, 80, 99, 100].map(warned)).toEqual([[], ['day'], ['day'], []]);
  });
});

// Any order of requests, reports, repeats, cuts and crashes of the gateway.
const step = fc.oneof(
  fc.record({ do: fc.constant('ask' as const), reserve: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ do: fc.constant('report' as const), n: fc.nat(30), micros: fc.integer({ min: 0, max: 90 }) }),
  fc.record({ do: fc.constant('end' as const) }),
);

test('whatever comes in whatever order, what is settled is the sum of the answers, and the bound holds', () => {
  const all = budgets({ person: limits({ day: 200 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let spending = fresh;
      /** What each answer cost: told by its report, or its reserve. */
      const costs = new Map<string, number>();
      const reported = new Set<string>();
      const asked: string[] = [];
      /** The answers whose cost nobody knew when the last request passed, with its own. */
      let unknown: string[] = [];
      for (const now of steps) {
        if (now.do === 'ask') {
          if (admit(linesOf(spending, all, NO_LIMITS, IN), spending.open.length) !== 'pass') continue;
          const id = `r${asked.length}`;
          asked.push(id);
          spending = openRequest(spending, request(id, now.reserve));
          expect(spending.open.length).toBeLessThanOrEqual(OPEN_REQUESTS_MAX);
          unknown = asked.filter((each) => !reported.has(each));
        } else if (now.do === 'report') {
          const id = asked[now.n];
          if (id === undefined) continue;
          const isLate = !spending.settled.some((each) => each.id === id) && costs.has(id);
          spending = settle(spending, { id, micros: now.micros, output: 1 });
          // Settled long ago, and forgotten: nothing changes.
          if (!reported.has(id) && !isLate) costs.set(id, now.micros);
          reported.add(id);
        } else {
          const { spending: next, left } = settleUnreported(spending, () => true);
          for (const { id, reserve } of left) costs.set(id, reserve);
          spending = next;
        }
        const sum = [...costs.values()].reduce((total, micros) => total + micros, 0);
        expect(spending.total).toBe(sum);
        expect(sumOf(spending.today)).toBe(sum);
        const beyond = unknown.reduce((total, id) => total + (costs.get(id) ?? 0), 0);
        expect(sum - beyond).toBeLessThan(200);
      }
    }),
    { numRuns: 500 },
  );
});
