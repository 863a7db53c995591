import { hashText } from '../../hash-text.ts';
import { sumOf } from '../../money/spending.ts';
import { MINUTE } from '../../units.ts';
import { entryOf } from '../access/change.ts';
import type { Context } from '../state/events.ts';
import type { DayFigures } from '../state/figures.ts';
import type { MachineRefusal, MachineStep } from '../state/machine.ts';
import { findOpenAttempt, findOpenTurn, type State } from '../state/state.ts';
import type { PersonEntry } from '../state/wishes.ts';

// What a conversation tells the overview about its person: no words of theirs, and no number. All times are real time.

/**
 * stuck: the machine hasn't answered for long · machine: it can't be made, or is doubted · carrier: it takes nothing ·
 * budget: work waits for money · failing: the last turn failed · question: the agent waits for the person.
 */
export type Attention = 'stuck' | 'machine' | 'carrier' | 'budget' | 'failing' | 'question';

/** Work that is not over. `turn` null: texts wait for one. `since`: when the turn was opened, or the first text came. */
export type Live = { state: 'waiting' | 'running' | 'asking'; turn: string | null; attempt: number; since: number };

type Work = { live: (Live & { silent: boolean }) | null };
/** Work that tells nothing first, then the oldest. */
export const bySilence = ({ live: a }: Work, { live: b }: Work): number =>
  Number(b?.silent ?? false) - Number(a?.silent ?? false) || (a?.since ?? 0) - (b?.since ?? 0);

export type MachineSummary = {
  name: string;
  step: MachineStep;
  region: string | null;
  image: string | null;
  settings: string | null;
  refusal: MachineRefusal | null;
  awakeSince: number | null;
  /** Earlier waking times together. */
  awakeMs: number;
  usedAt: number;
};

export type Summary = {
  person: PersonEntry;
  lastTextAt: number | null;
  /** Texts that wait. */
  queue: number;
  attention: Attention | null;
  live: Live | null;
  /** Null: conversations share one. */
  machine: MachineSummary | null;
  /** Micro-dollars of the person's month, `2026-11`. */
  month: string;
  monthMicros: number;
  days: readonly DayFigures[];
  /** The live schedules' next times as a fingerprint; another one means that something changed. */
  plans: string;
};

/** `ahead`: how far conversation time is ahead of real time. */
export type Telling = Pick<Context, 'now' | 'isAllowed' | 'isAdmin' | 'isOwner' | 'channelOf'> & {
  id: string;
  ahead: number;
};

export function summaryOf(state: State, telling: Telling): Summary {
  const { ahead } = telling;
  const { conversation, machine, windows, messages } = state;
  const { spending, figures } = conversation;
  const lastTextAt = Math.max(0, ...windows.map((window) => window.lastInboundAt));
  return {
    person: entryOf(state, telling.id, telling),
    lastTextAt: lastTextAt === 0 ? null : lastTextAt - ahead,
    queue: messages.filter((message) => message.state === 'waiting').length,
    attention: attentionOf(state, telling.now),
    live: liveOf(state, ahead),
    machine: machine && {
      name: machine.name,
      step: machine.step,
      region: machine.region,
      image: machine.image,
      settings: machine.settings,
      refusal: machine.refusal,
      awakeSince: machine.awakeSince === null ? null : machine.awakeSince - ahead,
      awakeMs: machine.awakeMs,
      usedAt: machine.usedAt - ahead,
    },
    month: spending.month,
    monthMicros: sumOf(spending.thisMonth),
    days: figures.days,
    plans: fingerprintOf(state, figures.days[0]?.day ?? ''),
  };
}

/** A machine that doesn't answer for a shorter time may be starting. */
const STUCK_AFTER_MS = 5 * MINUTE;

function attentionOf(state: State, now: number): Attention | null {
  const { conversation, machine, timers, questions } = state;
  const turn = findOpenTurn(state);
  const silentFor = turn?.unreachableSince == null ? 0 : now - turn.unreachableSince;
  if (turn && (turn.toldUnreachable || silentFor > STUCK_AFTER_MS)) return 'stuck';
  if (machine && (machine.refusal !== null || machine.doubtedSince !== null)) return 'machine';
  if (conversation.outage?.waits) return 'carrier';
  if (timers.some(({ kind }) => kind === 'budget')) return 'budget';
  if (conversation.figures.failing) return 'failing';
  return questions.some((question) => question.state === 'open') ? 'question' : null;
}

function liveOf(state: State, ahead: number): Live | null {
  const turn = findOpenTurn(state);
  const waiting = state.messages.filter((message) => message.state === 'waiting').map((message) => message.receivedAt);
  if (!turn)
    return waiting.length === 0
      ? null
      : { state: 'waiting', turn: null, attempt: 0, since: Math.min(...waiting) - ahead };
  const attempt = findOpenAttempt(state);
  const asks = state.questions.some((question) => question.turn === turn.id && question.state === 'open');
  const runs = attempt !== null && attempt.state !== 'requested';
  const so = asks ? 'asking' : runs ? 'running' : 'waiting';
  return { state: so, turn: turn.id, attempt: attempt?.n ?? 0, since: turn.openedAt - ahead };
}

/** Empty without schedules. `day`: once a day the schedules are told anyway, in case a change was lost. */
function fingerprintOf({ timers }: State, day: string): string {
  const next = timers.filter(({ kind }) => kind === 'schedule').map(({ ref, dueAt }) => `${ref}@${dueAt}`);
  return next.length === 0 ? '' : `${day} ${next.length} ${hashText(next.sort().join(' ')).toString(36)}`;
}

/** What outlasts a turn: it is told and stored as soon as it changes, also while work goes on. */
export const lastingOf = ({ person, attention, machine }: Pick<Summary, 'person' | 'attention' | 'machine'>) => ({
  person,
  attention: attention === 'question' ? null : attention,
  machine: machine && { step: machine.step, image: machine.image, refusal: machine.refusal },
});

/** The words by which a person is found: those of the name, and the last digits of the address. */
export const wordsOf = ({ person: { name, masked } }: Pick<Summary, 'person'>): string[] =>
  readWords(`${name ?? ''} ${masked.replace(/^\S+/, '')}`);

export const WORD_MAX = 32;
const WORDS_MAX = 8;

/** The words of a name or a search, as they are stored. */
export const readWords = (text: string): string[] => [
  ...new Set(
    text
      .slice(0, WORD_MAX * WORDS_MAX)
      .toLocaleLowerCase('en')
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== '')
      .map((word) => word.slice(0, WORD_MAX))
      .slice(0, WORDS_MAX),
  ),
];
