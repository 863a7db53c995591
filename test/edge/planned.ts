import { runInDurableObject } from 'cloudflare:test';
import type { Run, Schedule } from '../../src/conversation/state/schedule-rows.ts';
import type { Rule } from '../../src/recurrence/rule.ts';
import type { Person } from './person.ts';
import { OF_A_TEST, stubOf } from './relay.ts';

// Schedules of a person as rows: written behind the object's back, which then starts again with them, and read.

type Planned = Partial<Schedule> & { rule: Rule; nextAt: number };

const COLUMNS = {
  kind: 'agent',
  project: 'main',
  prompt: 'standup from the commits',
  zone: 'Etc/UTC',
  holidays: null,
  skips: '[]',
  isolated: 0,
  overlap: 'skip',
  check_command: null,
  standup: 0,
  state: 'active',
  failures: 0,
  held_runs: 0,
  told_window: 0,
  created_at: 0,
} as const;

/** Schedules, each with the timer of its next run; `offset`: how far the person’s clock was moved. */
export async function plans(person: Person, planned: readonly Planned[], { offset = 0 } = {}): Promise<void> {
  await runInDurableObject(stubOf(person.address), async (_, { storage }) => {
    for (const [n, { rule, nextAt, kind, prompt, zone, recipients = [] }] of planned.entries()) {
      const id = n + 1;
      const row = { ...COLUMNS, ...(kind && { kind }), ...(prompt && { prompt }), ...(zone && { zone }) };
      const values = {
        id,
        rule: JSON.stringify(rule),
        next_at: nextAt,
        ...row,
        recipients: JSON.stringify(recipients),
      };
      const names = Object.keys(values);
      storage.sql.exec(
        `${OF_A_TEST}INSERT INTO schedules (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
        ...Object.values(values),
      );
      const timer = `INSERT INTO timers (kind, ref, due_at, attempts) VALUES ('schedule', ?, ?, 0)`;
      storage.sql.exec(OF_A_TEST + timer, `${id}`, nextAt);
    }
    await storage.setAlarm(Math.min(...planned.map((p) => p.nextAt)) - offset);
  });
  await person.evicted();
}

export const runsOf = (
  person: Person,
): Promise<{ schedule: number; due_at: number; state: Run['state']; note: string }[]> =>
  person.rows('SELECT schedule, due_at, state, note FROM runs ORDER BY id');
