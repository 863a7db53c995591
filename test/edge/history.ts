import { runInDurableObject } from 'cloudflare:test';
import { OF_A_TEST, OURS, stubOf } from './relay.ts';

// A conversation of years, in which everything is finished.

const DUE_MS = 400 * 24 * 3_600_000;
/** What doesn't grow with the years: there can't be more live schedules, and projects are put away by hand. */
export const LIVE_SCHEDULES = 50;
export const ARCHIVED_PROJECTS = 100;

/**
 * Adds 50,000 messages, 5,000 turns, 1,000 files each way, 50 live schedules with their runs, and whatever else is kept
 * for good, behind the object's back: the object must start anew to see it. `share`: of what grows.
 */
export function addHistory(person: string, share = 1): Promise<void> {
  return runInDurableObject(stubOf(person), (_, { storage: { sql } }) => {
    const add = (count: number, query: string, ...bindings: SqlStorageValue[]): void => {
      const numbers = `WITH RECURSIVE old (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM old WHERE n < ${count})`;
      sql.exec(`${OF_A_TEST}${numbers} ${query}`, ...bindings);
    };
    const now = Date.now();
    const id = `printf('00OLD%08d', n)`;
    // One text in fifty was stopped and never retried.
    add(
      50_000 * share,
      `INSERT INTO messages (provider_id, uuid, "from", "to", text, attachments, received_at, tried, state, turn, project, session)
       SELECT ${id}, ${id}, ?, ?, 'an old text', 0, 0, 1, iif(n % 50 = 0, 'failed', 'consumed'), printf('00OLD%08d', n / 10),
         'main', printf('session-%d', n / 250) FROM old`,
      person,
      OURS,
    );
    add(
      5_000 * share,
      `INSERT INTO turns (id, project, state, opened_at, ended_at, attempts, told_unreachable)
       SELECT ${id}, 'main', iif(n % 50 = 0, 'failed', 'done'), 0, 0, 1, 0 FROM old`,
    );
    add(
      5_000 * share,
      `INSERT INTO attempts (turn, n, state, journal, last_seq, opened_at, ended_at, outcome)
       SELECT ${id}, 1, 'ended', 'J', 5, 0, 0, 'done' FROM old`,
    );
    // One reply in twenty could never be delivered.
    add(
      5_000 * share,
      `INSERT INTO replies (id, seq, turn, part, kind, "from", "to", body, state, attempt, intent_at, sid, error_code, created_at)
       SELECT ${id}, -n, ${id}, 0, 'answer', ?, ?, 'an old answer', iif(n % 20 = 0, 'failed', 'delivered'), 1, 0, ${id},
         iif(n % 20 = 0, 63005, NULL), 0 FROM old`,
      OURS,
      person,
    );
    add(
      2_000 * share,
      `INSERT INTO questions (id, turn, n, request, project, generation, kind, text, options, state, asked_at)
       SELECT ${id}, ${id}, 1, 'r', 'main', 0, 'ask', 'old', '[]', 'closed', 0 FROM old`,
    );
    add(
      1_000 * share,
      `INSERT INTO files (message, n, url, type, name, size, state, id, attempts)
       SELECT n, 0, 'https://api.twilio.com/old', 'image/jpeg', 'old.jpg', 5, 'kept', ${id}, 1 FROM old`,
    );
    add(
      1_000 * share,
      `INSERT INTO outgoing (id, turn, n, request, file, name, type, size, caption, state, created_at)
       SELECT ${id}, ${id}, 1, 'r', 'f', 'old.pdf', 'application/pdf', 5, '', 'removed', 0 FROM old`,
    );
    add(
      200 * share,
      `INSERT INTO sessions (id, project, title, started_at, used_at)
       SELECT printf('session-%d', n), 'main', 'old', 0, n FROM old`,
    );
    add(
      200 * share,
      `INSERT INTO archives (kind, id, journal, position, bytes, copied_at)
       SELECT 'session', printf('session-%d', n), 'J', 1, 5, 0 FROM old`,
    );
    add(
      ARCHIVED_PROJECTS,
      `INSERT INTO projects (id, label, archived_at, created_at) SELECT printf('old-%d', n), printf('old-%d', n), n, 0 FROM old`,
    );
    add(
      ARCHIVED_PROJECTS,
      `INSERT INTO archives (kind, id, journal, position, bytes, copied_at)
       SELECT 'project', printf('old-%d', n), 'J', 1, 5, 0 FROM old`,
    );
    add(100, `INSERT INTO pages (id, markdown, next_part, created_at) SELECT ${id}, 'old', 1, ? FROM old`, now);
    add(
      LIVE_SCHEDULES,
      `INSERT INTO schedules (id, kind, project, prompt, rule, zone, skips, isolated, overlap, standup, recipients, state,
         next_at, failures, held_runs, told_window, created_at)
       SELECT n, 'agent', 'main', 'the report', '{"kind":"cron","cron":"0 9 * * *"}', 'Europe/Berlin', '[]', 0, 'skip', 0,
         '[]', 'active', ?, 0, 0, 0, 0 FROM old`,
      now + DUE_MS,
    );
    add(
      LIVE_SCHEDULES,
      `INSERT INTO timers (kind, ref, due_at, attempts) SELECT 'schedule', n, ?, 0 FROM old`,
      now + DUE_MS,
    );
    add(
      2_500,
      `INSERT INTO runs (id, schedule, due_at, started_at, ended_at, state, cost_usd, earlier, was_held, n)
       SELECT ${id}, 1 + n % 50, 0, 0, 0, 'delivered', 0, 0, 0, 1 + n / 50 FROM old`,
    );
    sql.exec(`${OF_A_TEST}UPDATE conversation SET next_schedule = ${LIVE_SCHEDULES + 1}`);
  });
}
