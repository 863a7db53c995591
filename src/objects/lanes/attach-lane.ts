import { wantsAttach } from '../../conversation/lanes.ts';
import { findLostToTurn } from '../../conversation/machine/restore.ts';
import { ATTACH_MAX_MS, MACHINE_ANSWER_MS, STEADY_MS, STREAM_SILENCE_MS } from '../../conversation/policy/machine.ts';
import { SEND_TIMEOUT_MS } from '../../conversation/policy/outbox.ts';
import type { Event, Restored } from '../../conversation/state/events.ts';
import { attemptId, findOpenAttempt, findOpenTurn, type State } from '../../conversation/state/state.ts';
import { reasonOf } from '../../log.ts';
import {
  type Access,
  acknowledgeAttempt,
  type CallFailure,
  type FollowedItem,
  followAttempt,
  interruptAttempt,
  isOutdated,
  startAttempt,
} from '../../machines/client.ts';
import type { EventStream } from '../../machines/sse.ts';
import type { MachineEvent, StartAttempt } from '../../protocol/index.ts';
import type { AttemptTokens } from '../attempt-request.ts';
import { gatherEvents } from './gather-events.ts';

// The lane that starts the open attempt on its machine and follows it. Holds no state of its own: it commits everything
// it learns as an event before it reads on, so it can die at any point and be started again.

export type AttachDeps = {
  now: () => number;
  load: () => State;
  /** Commits events, all or none; returns the new state. */
  apply: (...events: Event[]) => State;
  access: () => Promise<Access>;
  /** Of an attempt; `connect` is null if its project has no repository. */
  tokens: (attempt: string) => Promise<AttemptTokens>;
  /** Runs work that nobody waits for. */
  background: (work: Promise<void>) => void;
  /** Restores what the turn needs and the machine lost. Throws when the machine can't be reached. */
  restore: (state: State) => Promise<Restored>;
  startBody: (tokens: AttemptTokens) => StartAttempt;
};

type Ref = { turn: string; n: number };

/** Runs until no attempt needs the stream. */
export async function runAttachLane(deps: AttachDeps): Promise<void> {
  for (;;) {
    const state = deps.load();
    const attempt = findOpenAttempt(state);
    if (!attempt || !wantsAttach(state, deps.now())) return;
    const ref: Ref = { turn: attempt.turn, n: attempt.n };
    try {
      const isStopping = findOpenTurn(state)?.stopping != null;
      if (attempt.state !== 'requested') await follow(deps, ref);
      else await (isStopping ? preventStart(deps, ref) : start(deps, ref));
    } catch (error) {
      // After any failure the attempt is retried, ever more rarely, a limited number of times.
      deps.apply({ type: 'unreachable', attempt: ref, reason: reasonOf(error) });
    }
  }
}

async function start(deps: AttachDeps, ref: Ref): Promise<void> {
  if (findLostToTurn(deps.load()).length > 0) {
    const restored = await deps.restore(deps.load());
    deps.apply({ type: 'restored', attempt: ref, restored });
    return;
  }
  const [access, tokens] = await Promise.all([deps.access(), deps.tokens(attemptId(ref))]);
  // Another attempt may be open by now: the request must belong to the attempt it names.
  if (!isOpen(deps.load(), ref) || !wantsAttach(deps.load(), deps.now())) return;
  const body = deps.startBody(tokens);
  const expected = deps.load().conversation.journal;
  const answer = await startAttempt(access, attemptId(ref), body, expected, MACHINE_ANSWER_MS);
  if (answer.kind === 'taken') deps.apply({ type: 'attempt-taken', attempt: ref, journal: answer.journal });
  else if (answer.kind === 'other-journal')
    deps.apply({ type: 'other-journal', attempt: ref, journal: answer.journal });
  else fail(deps, ref, answer);
}

/** The turn was stopped before the machine confirmed the attempt, so the machine is told to stop it in any case. */
async function preventStart(deps: AttachDeps, ref: Ref): Promise<void> {
  const answer = await interruptAttempt(await deps.access(), attemptId(ref), MACHINE_ANSWER_MS);
  if (answer.kind !== 'stopped') fail(deps, ref, answer);
  else if (answer.journal === null) fail(deps, ref, { kind: 'lost', reason: 'no journal' });
  else deps.apply({ type: 'attempt-taken', attempt: ref, journal: answer.journal });
}

async function follow(deps: AttachDeps, ref: Ref): Promise<void> {
  let stream = await open(deps, ref);
  let openedAt = deps.now();
  let isSteady = false;
  try {
    while (stream) {
      const batch = await waitForNext(stream.items, STREAM_SILENCE_MS);
      const age = deps.now() - openedAt;
      if (batch === null) throw new Error('the event stream ended');
      const events = batch.flatMap((item) => (item.kind === 'event' ? [machineEvent(ref, item.event)] : []));
      if (events.length > 0) {
        const after = deps.apply(...events);
        if (!isOpen(after, ref)) {
          deps.background(acknowledge(deps, ref));
          return;
        }
        // The numbers have a gap: the stream is opened again after the last applied event.
        if (!wantsAttach(after, deps.now())) return;
      } else if (!isOpen(deps.load(), ref)) {
        // The attempt was given up meanwhile, and the next one waits for this lane.
        return;
      } else if (age > ATTACH_MAX_MS) {
        const next = await open(deps, ref);
        await stream.close();
        stream = next;
        openedAt = deps.now();
      } else if (!isSteady && age >= STEADY_MS / 2) {
        isSteady = true;
        deps.apply({ type: 'attached', attempt: ref, steady: true });
      }
    }
  } finally {
    await stream?.close();
  }
}

async function acknowledge(deps: AttachDeps, ref: Ref): Promise<void> {
  await acknowledgeAttempt(await deps.access(), attemptId(ref), SEND_TIMEOUT_MS);
}

async function open(deps: AttachDeps, ref: Ref): Promise<EventStream<FollowedItem[]> | null> {
  const [access, { model, connect }] = await Promise.all([deps.access(), deps.tokens(attemptId(ref))]);
  const attempt = findOpenAttempt(deps.load());
  if (!attempt || !isOpen(deps.load(), ref)) return null;
  const { lastSeq } = attempt;
  const renewed = connect?.token ?? null;
  const answer = await followAttempt(access, attemptId(ref), lastSeq, model.token, MACHINE_ANSWER_MS, renewed);
  if (answer.kind !== 'open') {
    fail(deps, ref, answer);
    return null;
  }
  if (answer.journal !== null && answer.journal !== attempt.journal) {
    await answer.stream.close();
    deps.apply({ type: 'attempt-lost', attempt: ref, reason: 'other journal' });
    return null;
  }
  deps.apply({ type: 'attached', attempt: ref, steady: false });
  return { ...answer.stream, items: gatherEvents(answer.stream.items) };
}

function fail(deps: AttachDeps, ref: Ref, failure: CallFailure): void {
  // A retry makes no room; the person has to.
  if (failure.code === 'no_space') {
    deps.apply({ type: 'attempt-refused', attempt: ref, reason: failure.reason, isFull: true });
    return;
  }
  const type = {
    unreachable: 'unreachable',
    lost: 'attempt-lost',
    refused: 'attempt-refused',
    'without-files': 'files-forgotten',
  } as const;
  const event: Event = { type: type[failure.kind], attempt: ref, reason: failure.reason };
  if (event.type === 'unreachable' && failure.code === 'conversation_busy') {
    deps.apply({ ...event, isBusy: true });
    return;
  }
  deps.apply(event.type === 'attempt-refused' ? { ...event, isOutdated: isOutdated(failure.code) } : event);
}

const machineEvent = (attempt: Ref, { journal, seq, event }: MachineEvent): Event => ({
  type: 'machine',
  attempt,
  journal,
  seq,
  event,
});

function isOpen(state: State, ref: Ref): boolean {
  const attempt = findOpenAttempt(state);
  return attempt?.turn === ref.turn && attempt.n === ref.n;
}

/** The next item, or null at the end of the stream. Throws when nothing arrives for `ms`. */
export async function waitForNext<T>(items: AsyncGenerator<T, void, undefined>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('nothing came on the event stream')), ms);
  });
  try {
    const { done, value } = await Promise.race([items.next(), silence]);
    return done ? null : value;
  } finally {
    clearTimeout(timer);
  }
}
