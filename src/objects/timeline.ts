import type { Happening } from '../conversation/state/happening.ts';
import type { MessageState, ReplyKind, ReplyState, TurnState } from '../conversation/state/rows.ts';
import type { RunNote, RunState } from '../conversation/state/schedule-rows.ts';
import type { Step } from '../protocol/index.ts';

// One conversation as a time line for the operator: texts, turns with their attempts, replies and runs of schedules,
// newest first. All times are conversation time. Words that people wrote are null unless they were asked for.

/** The oldest row of each kind that was shown. */
export type TimelineCursor = { text: number; reply: number; turn: string; run: string };
export type TimelineAsk = { before: TimelineCursor | null; limit: number; shows: boolean };

/** `words`: null: hidden. `chars`: of the whole text, of which `words` may be the beginning. */
type Words = { words: string | null; chars: number };

export type TextItem = Words & {
  kind: 'text';
  at: number;
  seq: number;
  state: MessageState;
  /** The channel's. */
  scheme: string;
  turn: string | null;
  project: string | null;
  action: string | null;
  run: string | null;
  /** `/project new`: the command's own words, without what was said to it. Null: it is none. */
  command: string | null;
  /** Dropped by /stop, or by the operator. */
  isStopped: boolean;
  /** Roost's own message to the agent. */
  isOwn: boolean;
  files: FileItem[];
};
export type FileItem = { name: string | null; type: string; size: number | null; state: string };
export type ReplyItem = Words & {
  kind: 'reply';
  at: number;
  id: string;
  seq: number;
  said: ReplyKind;
  state: ReplyState;
  /** The channel's. */
  scheme: string;
  turn: string | null;
  run: string | null;
  tries: number;
  leftAt: number | null;
  errorCode: number | null;
  isDoubled: boolean;
  hasFile: boolean;
  hasTemplate: boolean;
  /** Of another person's schedule. */
  isGiven: boolean;
  troubledSince: number | null;
};
export type AttemptItem = {
  turn: string;
  n: number;
  state: string;
  openedAt: number;
  endedAt: number | null;
  outcome: string | null;
  reason: string | null;
  waitedMs: number;
  /** Null: the machine told none. */
  steps: readonly Step[] | null;
  leftOut: number;
};
export type QuestionItem = Words & {
  turn: string;
  ask: string;
  state: string;
  askedAt: number;
  answeredAt: number | null;
  /** `yes`, `no`, `told`: how it was answered, without the words. */
  answer: string | null;
};
export type OutgoingItem = FileItem & { turn: string; at: number };
export type TurnItem = {
  kind: 'turn';
  at: number;
  id: string;
  project: string;
  state: TurnState;
  endedAt: number | null;
  why: string | null;
  spentMicros: number;
  crashes: number;
  restarts: number;
  isDeep: boolean;
  run: string | null;
  stoppingSince: number | null;
  unreachableSince: number | null;
  place: number | null;
  session: string | null;
  /** When its session began, if that was in this turn. */
  sessionBegan: number | null;
  /** The project of the turn before, if that was another one. */
  cameFrom: string | null;
  /** Oldest first. */
  happened: readonly Happening[];
  attempts: AttemptItem[];
  questions: QuestionItem[];
  files: OutgoingItem[];
};
export type RunItem = {
  kind: 'run';
  at: number;
  id: string;
  schedule: number;
  dueAt: number;
  endedAt: number | null;
  state: RunState;
  note: RunNote | null;
  code: number | null;
};
export type TimelineItem = TextItem | ReplyItem | TurnItem | RunItem;

/** `next`: asks for what is older; null: there is nothing. */
export type Timeline = { now: number; items: TimelineItem[]; next: TimelineCursor | null };

/** Each list is newest first, and has one more than `limit` if there are more. */
export type TimelineRows = { texts: TextItem[]; replies: ReplyItem[]; turns: TurnItem[]; runs: RunItem[] };

/** The newest `limit` rows of all, and where the next page begins. The order within a kind is kept. */
export function mergeTimeline(
  { texts, replies, turns, runs }: TimelineRows,
  before: TimelineCursor,
  limit: number,
): Omit<Timeline, 'now'> {
  // Of one moment, an answer is newer than its turn, and the turn than its text.
  const lists: TimelineItem[][] = [replies, turns, runs, texts];
  const taken = lists.map(() => 0);
  const items: TimelineItem[] = [];
  const next = { ...before };
  while (items.length < limit) {
    const heads = lists.map((list, n) => list[taken[n] ?? 0]?.at ?? Number.NEGATIVE_INFINITY);
    const newest = heads.indexOf(Math.max(...heads));
    const item = lists[newest]?.[taken[newest] ?? 0];
    if (item === undefined) return { items, next: null };
    taken[newest] = (taken[newest] ?? 0) + 1;
    items.push(item);
    if (item.kind === 'text') next.text = item.seq;
    else if (item.kind === 'reply') next.reply = item.seq;
    else next[item.kind] = item.id;
  }
  const isMore = lists.some((list, n) => (taken[n] ?? 0) < list.length);
  return { items, next: isMore ? next : null };
}
