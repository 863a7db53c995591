import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Summary } from '../../src/conversation/overview/summary.ts';
import { type DayFigures, emptyDay } from '../../src/conversation/state/figures.ts';
import { readPeople } from '../../src/objects/overview-reads.ts';
import type { OverviewShard } from '../../src/objects/overview-shard.ts';

// Made-up people of the overview, as conversations would tell about them.

export const DAY = 24 * 3_600_000;
export const NOON = Date.UTC(2026, 10, 23, 12);
export const idOf = (n: number): string => n.toString(16).padStart(64, '0');
export const stubOfShard = (id: string): DurableObjectStub<OverviewShard> => env.OVERVIEW.getByName(id.slice(-1));
export const dayOf = (n: number): string => new Date(NOON + n * DAY).toISOString().slice(0, 10);

export type Change = Partial<Omit<Summary, 'person'>> & { person?: Partial<Summary['person']> };
export const summaryOf = (n: number, { person, ...change }: Change = {}): Summary => ({
  person: {
    id: idOf(n),
    name: `Person ${n}`,
    role: 'member',
    standing: 'in',
    masked: `WhatsApp …${1000 + n}`,
    ...person,
  },
  lastTextAt: Date.now(),
  queue: 0,
  attention: null,
  live: null,
  machine: null,
  month: dayOf(0).slice(0, 7),
  monthMicros: 0,
  days: [],
  plans: '',
  ...change,
});
export const running = (n: number): Change => ({
  live: { state: 'running', turn: `T${n}`, attempt: 1, since: Date.now() },
});
export const spent = (day: string, micros: number): DayFigures => ({
  ...emptyDay(day),
  models: { 'claude-opus-5': micros },
  turns: 1,
});
export const people = (list: 'all' | 'attention' | 'outside' | 'roles' | 'machines' | 'dearest', more = {}) =>
  readPeople(env, {}, { list, search: '', after: null, limit: 10, ...more });

export const evictShard = (stub: DurableObjectStub<OverviewShard>): Promise<void> =>
  runInDurableObject(stub, (_, state) => state.abort('evicted by a test')).catch(() => undefined);

/** Adds people to a shard behind its back: a tenth was active today, one in twenty has a machine or trouble. */
export async function fill(name: string, count: number): Promise<void> {
  const stub = env.OVERVIEW.getByName(name);
  await stub.person('');
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec('DELETE FROM people');
    storage.sql.exec('DELETE FROM words');
    for (let n = 0; n < count; n += 1) {
      const number = n * 16 + Number.parseInt(name, 16);
      const isActive = n % 10 === 0;
      const { live: _, ...summary } = summaryOf(number, {
        days: isActive ? [spent(dayOf(0), 1000)] : [spent(dayOf(-9), 10)],
        attention: n % 20 === 1 ? 'failing' : null,
      });
      const machine = n % 20 === 2 ? { name: 'm', awakeSince: n % 40 === 2 ? NOON : null } : null;
      storage.sql.exec(
        `INSERT INTO people (id, told, active_day, role, standing, attention, has_machine, month, rank)
         VALUES (?, ?, ?, 'member', 'in', ?, ?, ?, ?)`,
        summary.person.id,
        JSON.stringify({ ...summary, machine, at: NOON }),
        dayOf(isActive ? 0 : -9),
        summary.attention,
        machine ? 1 : 0,
        summary.month,
        n % 50,
      );
      for (const word of ['person', String(number)])
        storage.sql.exec('INSERT INTO words (word, id) VALUES (?, ?)', word, summary.person.id);
    }
    storage.sql.exec(`INSERT OR REPLACE INTO closed (id, through) VALUES (1, ?)`, dayOf(-1));
  });
  await evictShard(stub);
}
