import { isBackupStale } from '../machine/backup.ts';
import { isMachineReady } from '../machine/readiness.ts';
import { isUnsettled } from '../state/outgoing-file.ts';
import { findOpenQuestions } from '../state/questions.ts';
import { findOpenAttempt, findOpenTurn, type State } from '../state/state.ts';
import type { Timer, TimerKind } from '../state/timers.ts';

// Whether a home can be merged now: nothing is under way that would be cut.

/**
 * How a merge treats a timer. awaited: nothing is merged while it is set · by its row: its turn, reply or question is
 * awaited · goes over: the home that stays gets one · goes on: it stays until it is settled · ends: with the machine,
 * the accounts and the links of the home that goes, or the home that stays has its own.
 */
type Becomes = 'awaited' | 'by its row' | 'goes over' | 'goes on' | 'ends';

/** Awaited are calls whose answers would find nobody, work that is about to begin, and what the person is about to hear. */
export const IN_MERGE: Readonly<Record<TimerKind, Becomes>> = {
  gather: 'awaited',
  waiting: 'by its row',
  attempt: 'awaited',
  reach: 'by its row',
  stop: 'awaited',
  steer: 'awaited',
  send: 'by its row',
  reconcile: 'by its row',
  held: 'goes over',
  alert: 'goes on',
  question: 'by its row',
  answer: 'awaited',
  deep: 'by its row',
  archive: 'awaited',
  file: 'awaited',
  media: 'goes over',
  outgoing: 'awaited',
  expire: 'goes over',
  schedule: 'goes over',
  wake: 'goes over',
  snooze: 'goes over',
  quiet: 'goes over',
  deliver: 'awaited',
  report: 'awaited',
  machine: 'ends',
  sleep: 'ends',
  'given-up': 'awaited',
  outage: 'ends',
  again: 'goes over',
  key: 'awaited',
  budget: 'goes over',
  lead: 'awaited',
  'let-go': 'awaited',
  kept: 'awaited',
  wish: 'awaited',
  recipients: 'awaited',
  forget: 'ends',
  empty: 'goes over',
  export: 'ends',
  connect: 'ends',
  'look-up': 'awaited',
  'token-ends': 'ends',
  'git-news': 'awaited',
  host: 'awaited',
  repositories: 'goes over',
  blocked: 'ends',
  doubt: 'ends',
  merge: 'goes on',
};

/** A turn, a reply, a question, a file or a backup is under way. */
export function isBusy(state: State, now: number): boolean {
  return (
    findOpenTurn(state) !== null ||
    findOpenAttempt(state) !== null ||
    state.messages.some((m) => m.state === 'waiting' || m.state === 'active') ||
    findOpenQuestions(state).length > 0 ||
    state.questions.some((q) => q.state === 'answered') ||
    hasLeaving(state) ||
    state.files.some((f) => f.state === 'wanted') ||
    state.outgoing.some(isUnsettled) ||
    state.conversation.deep !== null ||
    isExporting(state) ||
    state.timers.some((timer) => isAwaited(state, timer, now))
  );
}

/** A reply is on its way, or would be. Held ones wait for the person, and go over. */
export const hasLeaving = ({ replies }: Pick<State, 'replies'>): boolean =>
  replies.some((r) => r.state === 'ready' || r.state === 'sending' || r.state === 'unknown');

/** A backup is awaited only from a machine that can still give it. */
const isAwaited = (state: State, timer: Timer, now: number): boolean =>
  IN_MERGE[timer.kind] === 'awaited' &&
  (timer.kind !== 'archive' || (isMachineReady(state) && !isBackupStale(state, timer, now)));

const isExporting = ({ conversation: { exporting } }: State): boolean =>
  exporting?.step === 'collect' || exporting?.step === 'pack';
