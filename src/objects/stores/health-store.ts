import { encodeTime, TIME_LEN } from 'ulid';
import type { Rollout } from '../../machines/rollout.ts';
import type { Pool } from '../../money/lease.ts';
import { DAY } from '../../units.ts';
import type { SenderOutage } from '../outage-rounds.ts';
import { readPool } from './lease-store.ts';
import { type KnownMachine, readRollout } from './machine-ledger-store.ts';
import { listOutagesWithWaits } from './outage-store.ts';
import { select } from './row-store.ts';

// Reads the state of rows for the operator: counts and names, never anybody's words.

const COUNTED_MAX = 100;
/** The maximum of FLY_MAX_MACHINES: a machine missing from the list would look like nobody’s. */
const MACHINES_MAX = 10_000;
/** A timer overdue by more than this didn't fire: the alarm is at most a heartbeat late. */
const OVERDUE_MS = 2 * 60_000;

export type MachineRowHealth = {
  name: string;
  step: string;
  region: string | null;
  image: string | null;
  settings: string | null;
  refusal: string | null;
  stepSince: number | null;
  doubtedSince: number | null;
  awakeSince: number | null;
  awakeMs: number;
  usedAt: number;
};

/** `parked`, `held`, `failed`: counts among the newest hundred troubled replies. Times are real time. */
export type ConversationHealth = {
  parked: number;
  held: number;
  failed: number;
  overdueTimers: number;
  alarmAt: number | null;
  alarmOverdue: boolean;
  machine: MachineRowHealth | null;
};

/** `alarmAt`: in real time. `ahead`: how far conversation time is ahead. `isWanted`: something is due, now or later. */
export type Alarm = { alarmAt: number | null; ahead: number; isWanted: boolean };

export function readConversationHealth(sql: SqlStorage, { alarmAt, ahead, isWanted }: Alarm): ConversationHealth {
  const now = Date.now();
  const late = now - OVERDUE_MS;
  const troubled = select<{ state: string }>(
    sql,
    `SELECT state FROM replies WHERE state IN ('parked', 'held', 'failed') ORDER BY seq DESC LIMIT ${COUNTED_MAX}`,
  );
  const count = (state: string): number => troubled.filter((reply) => reply.state === state).length;
  const overdue = select(sql, `SELECT 1 FROM timers WHERE due_at < ? LIMIT ${COUNTED_MAX}`, late + ahead);
  const [machine] = select<MachineRowHealth>(
    sql,
    `SELECT name, step, region, image, settings, refusal, step_since, doubted_since, awake_since, awake_ms, used_at
     FROM machine LIMIT 1`,
  );
  return {
    parked: count('parked'),
    held: count('held'),
    failed: count('failed'),
    overdueTimers: overdue.length,
    alarmAt,
    alarmOverdue: alarmAt === null ? isWanted : alarmAt < late,
    machine: machine ? inWorldTime(machine, now, ahead) : null,
  };
}

/** The machine in real time. `awakeMs` includes the time since it woke. */
function inWorldTime(machine: MachineRowHealth, now: number, ahead: number): MachineRowHealth {
  const world = (at: number | null): number | null => (at === null ? null : at - ahead);
  const awakeSince = world(machine.awakeSince);
  return {
    ...machine,
    stepSince: world(machine.stepSince),
    doubtedSince: world(machine.doubtedSince),
    awakeSince,
    awakeMs: machine.awakeMs + (awakeSince === null ? 0 : Math.max(0, now - awakeSince)),
    usedAt: machine.usedAt - ahead,
  };
}

export type DirectoryHealth = {
  outages: (SenderOutage & { waiting: number })[];
  /** Counted among the newest hundred alerts. */
  alertsLastDay: number;
  machines: KnownMachine[];
  /** The progress of the newest rollout; null if there was none. */
  rollout: Rollout | null;
  /** The reported spending of everybody together. */
  spending: Pool;
};

export function readDirectoryHealth(sql: SqlStorage): DirectoryHealth {
  // Ids are ULIDs, which begin with their time.
  const yesterday = encodeTime(Date.now() - DAY, TIME_LEN);
  return {
    outages: listOutagesWithWaits(sql),
    alertsLastDay: select(sql, `SELECT 1 FROM alerts WHERE id > ? LIMIT ${COUNTED_MAX}`, yesterday).length,
    machines: select(
      sql,
      `SELECT conversation, name, image, settings, reverted_from, recorded_at
       FROM machines ORDER BY conversation LIMIT ${MACHINES_MAX}`,
    ),
    rollout: readRollout(sql),
    spending: readPool(sql),
  };
}
