import { capabilitiesOf } from '../channels/registry.ts';
import { entryOf, maskAddress } from '../conversation/access/change.ts';
import { copyState } from '../conversation/privacy/export.ts';
import { linesNow, spendingNow } from '../conversation/spending/limits.ts';
import type { Connection } from '../conversation/state/connections.ts';
import type { Context } from '../conversation/state/events.ts';
import type { CopyState } from '../conversation/state/exporting.ts';
import type { MachineRow } from '../conversation/state/machine.ts';
import { isLocked } from '../conversation/state/person.ts';
import { withoutName } from '../conversation/state/project-labels.ts';
import type { Attempt, Project } from '../conversation/state/rows.ts';
import type { Run, Schedule } from '../conversation/state/schedule-rows.ts';
import { findOpenAttempt, findOpenTurn, type State } from '../conversation/state/state.ts';
import type { TimerKind } from '../conversation/state/timers.ts';
import type { PersonEntry } from '../conversation/state/wishes.ts';
import type { Line } from '../money/budget.ts';
import type { Spending } from '../money/spending.ts';
import type { FileItem } from './timeline.ts';

// How one conversation stands, for the operator: project and session, files, schedules with their runs, grants, limits,
// queue and machine. All times are conversation time. Words that people chose are null unless they were asked for.

export type ScheduleDetail = Pick<
  Schedule,
  'id' | 'kind' | 'project' | 'zone' | 'state' | 'pausedBy' | 'resumeAt' | 'nextAt' | 'failures'
> & { words: string | null; recipients: number; runs: Omit<Run, 'schedule' | 'wasHeld' | 'earlier'>[] };
export type GrantDetail = { project: string; rule: string | null; decision: 'allow' | 'deny'; createdAt: number };
export type SentFile = FileItem & { at: number };

/** How a turn used a git host, for one kind of request. */
export type GitUse = {
  id: string;
  turn: string;
  host: string;
  kind: string;
  requests: number;
  bytesUp: number;
  bytesDown: number;
  refused: number;
  lastAt: number;
};
/** A request to a git host that the relay refused. */
export type GitRefusalRow = { id: string; turn: string; at: number; host: string; kind: string; why: string };

/** What is read beside the state. `failed`: texts that wait for /retry, counted up to a hundred. `lastFailed`:
 * the turn of the last of them, or its uuid when it had none. */
export type DetailRows = {
  schedules: ScheduleDetail[];
  grants: GrantDetail[];
  received: FileItem[];
  sent: SentFile[];
  gitUses: GitUse[];
  gitRefusals: GitRefusalRow[];
  failed: number;
  lastFailed: string | null;
};

export type ConversationDetail = DetailRows & {
  now: number;
  person: PersonEntry;
  isForgetting: boolean;
  copy: CopyState;
  /** Where the person writes from, without numbers. */
  addresses: { masked: string; isLocked: boolean }[];
  /** Accounts at git hosts, without their credentials. */
  connections: (Omit<Connection, 'sealed' | 'login' | 'name' | 'email'> & { login: string | null })[];
  projects: (Omit<Project, 'label' | 'generation' | 'hinted' | 'watches' | 'archivedAt' | 'repository'> & {
    label: string | null;
    /** Its host, or `host/owner/name`. */
    repository: string | null;
    isActive: boolean;
  })[];
  backups: { kind: string; id: string; bytes: number; copiedAt: number | null; refused: string | null }[];
  diskFree: number | null;
  memoryFree: number | null;
  /** Null: the machine that people share. */
  machine: Omit<MachineRow, 'previous' | 'toldTurn' | 'volume'> | null;
  queue: { waiting: number; active: number };
  turn: string | null;
  attempt: Pick<Attempt, 'n' | 'state' | 'openedAt'> | null;
  deepSince: number | null;
  outageSince: number | null;
  optedOutAt: number | null;
  /** What the object wakes for, earliest first. `about`: the cause of an alert, or the id of what it is for. */
  timers: { kind: TimerKind; about: string | null; dueAt: number; attempts: number }[];
  spending: Pick<Spending, 'day' | 'month' | 'today' | 'thisMonth' | 'trouble'> & { underWay: number };
  limits: Line[];
};

const TIMERS_SHOWN = 50;

export function detailOf(
  state: State,
  rows: DetailRows,
  id: string,
  shows: boolean,
  ctx: Pick<Context, 'now' | 'policy' | 'isAllowed' | 'isAdmin' | 'isOwner' | 'channelOf'>,
): ConversationDetail {
  const { conversation, machine } = state;
  const [turn, attempt] = [findOpenTurn(state), findOpenAttempt(state)];
  const { day, month, today, thisMonth, trouble, open } = spendingNow(state, ctx);
  const nameless = (project: string): string => (shows ? project : withoutName(project));
  const addresses = [conversation.address, ...state.addresses.map(({ address }) => address)];
  return {
    ...rows,
    grants: rows.grants.map((grant) => ({ ...grant, project: nameless(grant.project) })),
    schedules: rows.schedules.map((schedule) => ({ ...schedule, project: nameless(schedule.project) })),
    now: ctx.now,
    person: entryOf(state, id, ctx),
    isForgetting: conversation.forgetting !== null,
    copy: copyState(state, ctx),
    addresses: [...new Set(addresses)].map((a) => ({
      masked: maskAddress(a, capabilitiesOf),
      isLocked: isLocked(state, a),
    })),
    connections: state.connections.map(({ sealed: _s, name: _n, email: _e, login, ...connection }) => ({
      ...connection,
      login: shows ? login : null,
    })),
    projects: state.projects.map(
      ({ label, generation: _, hinted: _h, watches: _w, archivedAt: _a, repository: bound, ...project }) => ({
        ...project,
        id: nameless(project.id),
        label: shows || project.id === label ? label : null,
        repository: bound && (shows ? `${bound.host}/${bound.path}` : bound.host),
        isActive: project.id === conversation.project,
      }),
    ),
    backups: state.archives.map(({ kind, id: of, bytes, copiedAt, refused }) => ({
      kind,
      id: kind === 'project' ? nameless(of) : of,
      bytes,
      copiedAt,
      refused,
    })),
    diskFree: conversation.diskFree,
    memoryFree: conversation.memoryFree,
    machine: machine && withoutInner(machine),
    queue: {
      waiting: state.messages.filter((m) => m.state === 'waiting').length,
      active: state.messages.filter((m) => m.state === 'active').length,
    },
    turn: turn?.id ?? null,
    attempt: attempt && { n: attempt.n, state: attempt.state, openedAt: attempt.openedAt },
    deepSince: conversation.deep?.since ?? null,
    outageSince: conversation.outage?.since ?? null,
    optedOutAt: conversation.optedOutAt,
    timers: [...state.timers]
      .sort((a, b) => a.dueAt - b.dueAt)
      .slice(0, TIMERS_SHOWN)
      .map(({ kind, ref, dueAt, attempts }) => ({ kind, about: aboutOf(kind, ref), dueAt, attempts })),
    spending: { day, month, today, thisMonth, trouble, underWay: open.length },
    limits: linesNow(state, { turn: turn?.id ?? null, project: conversation.project }, ctx),
  };
}

/** The cause of an alert, a schedule's number, or an id; never a project's name or an address. */
function aboutOf(kind: TimerKind, ref: string): string | null {
  if (kind === 'alert') return ref;
  const [first = ''] = ref.split(/[ /]/, 1);
  return /^(?:\d{1,6}|[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(first) ? first : null;
}

const withoutInner = ({ previous: _, toldTurn: _t, volume: _v, ...machine }: MachineRow) => machine;
