import type { DetailRows, GrantDetail, ScheduleDetail, SentFile } from '../conversation-detail.ts';
import type { FileItem } from '../timeline.ts';
import { newestGitUses } from './git-store.ts';
import { select } from './row-store.ts';

// Reads what the operator sees of a conversation beside its state, newest first, each by an index and with a limit.

const FILES_SHOWN = 20;
const SCHEDULES_SHOWN = 50;
const RUNS_SHOWN = 5;
const GIT_SHOWN = 20;
const GRANTS_SHOWN = 50;
const FAILED_COUNTED = 100;
const WORDS_MAX = 300;

export function readDetail(sql: SqlStorage, shows: boolean): DetailRows {
  const name = shows ? 'name' : 'NULL AS name';
  const failed = select<{ name: string }>(
    sql,
    `SELECT coalesce(turn, uuid) AS name FROM messages WHERE state = 'failed' ORDER BY seq DESC LIMIT ${FAILED_COUNTED}`,
  );
  return {
    schedules: schedulesOf(sql, shows),
    grants: select<GrantDetail>(
      sql,
      `SELECT project, ${shows ? `substr(rule, 1, ${WORDS_MAX}) AS rule` : "CASE WHEN rule LIKE 'git:%' THEN rule END AS rule"}, decision, created_at
       FROM grants ORDER BY project, rule LIMIT ${GRANTS_SHOWN}`,
    ),
    received: select<FileItem>(
      sql,
      `SELECT ${name}, type, size, state FROM files ORDER BY message DESC, n DESC LIMIT ${FILES_SHOWN}`,
    ),
    sent: select<SentFile>(
      sql,
      `SELECT ${name}, type, size, state, created_at AS at FROM outgoing ORDER BY id DESC LIMIT ${FILES_SHOWN}`,
    ),
    ...newestGitUses(sql, GIT_SHOWN),
    failed: failed.length,
    lastFailed: failed[0]?.name ?? null,
  };
}

/** `backup`: null: there is none yet. Both are null for a session that isn't this person's. */
export type SessionFacts = {
  session: { startedAt: number; usedAt: number } | null;
  backup: { bytes: number; copiedAt: number | null; refused: string | null } | null;
};

export function readSessionFacts(sql: SqlStorage, id: string): SessionFacts {
  const [session = null] = select<{ startedAt: number; usedAt: number }>(
    sql,
    'SELECT started_at, used_at FROM sessions WHERE id = ?',
    id,
  );
  const [backup = null] = select<NonNullable<SessionFacts['backup']>>(
    sql,
    `SELECT bytes, copied_at, refused FROM archives WHERE kind = 'session' AND id = ?`,
    id,
  );
  return { session, backup };
}

function schedulesOf(sql: SqlStorage, shows: boolean): ScheduleDetail[] {
  const live = select<Omit<ScheduleDetail, 'runs'>>(
    sql,
    `SELECT id, kind, project, zone, state, paused_by, resume_at, next_at, failures,
       ${shows ? `substr(prompt, 1, ${WORDS_MAX})` : 'NULL'} AS words, json_array_length(recipients) AS recipients
     FROM schedules WHERE state <> 'over' ORDER BY id LIMIT ${SCHEDULES_SHOWN}`,
  );
  return live.map((schedule) => ({
    ...schedule,
    runs: select<ScheduleDetail['runs'][number]>(
      sql,
      `SELECT id, due_at, started_at, ended_at, state, note, code, cost_usd FROM runs WHERE schedule = ?
       ORDER BY n DESC LIMIT ${RUNS_SHOWN}`,
      schedule.id,
    ),
  }));
}
