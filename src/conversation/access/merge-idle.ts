import { isBackupStale } from '../machine/backup.ts';
import { isMachineReady } from '../machine/readiness.ts';
import { isUnsettled } from '../state/outgoing-file.ts';
import { findOpenQuestions } from '../state/questions.ts';
import { findOpenAttempt, findOpenTurn, type State } from '../state/state.ts';
import type { Timer, TimerKind } from '../state/timers.ts';

// Whether a home can be merged now: nothing is under way that would be cut.

/** Calls whose answers would find nobody, and work that is about to begin. */
const BUSY: readonly TimerKind[] = [
  'gather',
  'attempt',
  'stop',
  'steer',
  'answer',
  'file',
  'outgoing',
  'deliver',
  'report',
  'lead',
  'let-go',
  'kept',
  'wish',
  'recipients',
  'look-up',
  'host',
  'git-news',
  'given-up',
];

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
    state.timers.some((timer) => BUSY.includes(timer.kind) || isCopying(state, timer, now))
  );
}

/** A reply is on its way, or would be. Held ones wait for the person, and go over. */
export const hasLeaving = ({ replies }: Pick<State, 'replies'>): boolean =>
  replies.some((r) => r.state === 'ready' || r.state === 'sending' || r.state === 'unknown');

/** A backup is due that the machine can still give. */
const isCopying = (state: State, timer: Timer, now: number): boolean =>
  timer.kind === 'archive' && isMachineReady(state) && !isBackupStale(state, timer, now);

const isExporting = ({ conversation: { exporting } }: State): boolean =>
  exporting?.step === 'collect' || exporting?.step === 'pack';
