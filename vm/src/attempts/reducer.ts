import { type EndCause, type EventBody, MODEL_USED_UP } from '../../../src/protocol/index.ts';
import type { AgentAnswer, BackgroundTask, PushedMessage, Signal } from '../agent/agent.ts';

// The state of a running attempt: turns the agent's signals into events, and decides when the attempt is over. Pure;
// running-attempt.ts feeds it and keeps the clocks.

export type AttemptVerdict =
  | { type: 'over'; outcome: 'done' | 'interrupted' | 'failed'; reason: string; cause?: EndCause }
  /** The session is gone: open a fresh one and push `waiting` again. */
  | { type: 'start_afresh'; lost: string };

export type RunningState = {
  /** Messages the agent has got and not yet consumed. */
  waiting: readonly string[];
  /** The waiting messages that only precede another message. */
  context: readonly string[];
  /** Messages the agent consumed without an answer; the next answer lists them. */
  held: readonly string[];
  /** Messages the agent reported as finished. */
  swallowed: readonly string[];
  /** Text since the last tool call. */
  text: readonly string[];
  /** The beginning of the next text, as far as it is written. */
  words: string;
  lastText: string;
  session: string | null;
  totalCostUsd: number;
  idle: boolean;
  /** Background tasks this turn started and waits for. */
  background: readonly BackgroundTask[];
  /** A background task ended while the agent was idle: the agent is about to wake and report it. */
  isWaking: boolean;
  /** Background tasks of earlier turns; this turn doesn't wait for them. */
  inherited: readonly BackgroundTask[];
  started: boolean;
  /** Stands in for an answer without text. */
  silentText: string;
};

export type Step = { state: RunningState; events: EventBody[]; verdict: AttemptVerdict | null };

const MAX_TEXT = 1_000_000;

export function newRunningState(session: string | null): RunningState {
  return {
    waiting: [],
    context: [],
    held: [],
    swallowed: [],
    text: [],
    words: '',
    lastText: '',
    session,
    totalCostUsd: 0,
    idle: false,
    background: [],
    isWaking: false,
    inherited: [],
    started: false,
    silentText: '',
  };
}

export function withPushed(state: RunningState, message: PushedMessage): RunningState {
  const context = message.context ? [...state.context, message.uuid] : state.context;
  return { ...state, waiting: [...state.waiting, message.uuid], context };
}

/** The message goes to the agent again, so earlier reports about it no longer count. */
export function withPushedAgain(state: RunningState, uuid: string): RunningState {
  const without = (uuids: readonly string[]): string[] => uuids.filter((other) => other !== uuid);
  return {
    ...state,
    waiting: [...without(state.waiting), uuid],
    held: without(state.held),
    swallowed: without(state.swallowed),
  };
}

/** The text since the last tool call that no answer contains: what a cut turn had written. */
export function unsaidTextOf(state: RunningState): EventBody[] {
  const said = [...state.text, state.words].join('\n\n').trim().slice(0, MAX_TEXT);
  return said === '' ? [] : [{ type: 'progress', text: said }];
}

/**
 * Messages that wait although the agent is idle. The agent takes a known uuid for a repeat, and then reports nothing
 * about the message, or only that it is finished.
 */
export function stalledMessagesOf(state: RunningState): readonly string[] {
  return state.idle ? [...state.waiting, ...state.held] : [];
}

/** The agent got no message, so it is idle from the start. */
export function beginIdle(state: RunningState): Step {
  const events: EventBody[] = state.started ? [] : [{ type: 'started' }];
  return { state: { ...state, idle: true, started: true }, events, verdict: null };
}

/** A side question was answered. The cost since the last answer is reported once, here or with the next answer. */
export function settleSideQuestion(state: RunningState, uuid: string, text: string, totalCostUsd: number | null): Step {
  const total = Math.max(state.totalCostUsd, totalCostUsd ?? 0);
  const event: EventBody = { type: 'aside', uuid, text: text.slice(0, MAX_TEXT), cost_usd: total - state.totalCostUsd };
  return settle({ ...state, totalCostUsd: total }, [event]);
}

/** Everything is answered; only background commands keep the turn open. */
export function isWaitingForShells(state: RunningState): boolean {
  return state.idle && stalledMessagesOf(state).length === 0 && state.background.every((task) => task.isShell);
}

export function step(state: RunningState, signal: Signal): Step {
  switch (signal.type) {
    case 'alive':
    case 'last_word':
    case 'compacting':
      return quiet(state);
    case 'session':
      if (signal.session === state.session) return quiet(state);
      return {
        ...quiet({ ...state, session: signal.session }),
        events: [{ type: 'session', session_id: signal.session }],
      };
    case 'session_lost': {
      if (state.session === null) return over(state, 'interrupted', 'the agent would not start a session');
      const verdict = { type: 'start_afresh', lost: state.session } as const;
      return { state: { ...state, session: null, idle: false }, events: [], verdict };
    }
    case 'text':
      return quiet({ ...state, text: [...state.text, signal.text], words: '', lastText: signal.text });
    case 'words':
      return quiet({ ...state, words: signal.fresh ? signal.text : (state.words + signal.text).slice(0, MAX_TEXT) });
    case 'tool_started': {
      const tool: EventBody = {
        type: 'tool_started',
        tool_use_id: signal.id.slice(0, 200),
        name: signal.name.slice(0, 200),
      };
      return { ...quiet({ ...state, text: [], words: '' }), events: [...unsaidTextOf(state), tool] };
    }
    case 'tool_ended': {
      const event: EventBody = { type: 'tool_ended', tool_use_id: signal.id.slice(0, 200), is_error: signal.isError };
      return { ...quiet(state), events: [event] };
    }
    case 'compacted':
      return { ...quiet(state), events: [{ ...signal }] };
    case 'message':
      return messageReported(state, signal.uuid, signal.state);
    case 'answer':
      return answered(state, signal.answer);
    case 'state':
      return settle({ ...state, idle: signal.idle, isWaking: state.isWaking && signal.idle }, []);
    case 'background': {
      const background = signal.tasks.filter((task) => !state.inherited.some((other) => other.id === task.id));
      const isWaking = state.isWaking || (state.idle && background.length < state.background.length);
      return quiet({ ...state, background, isWaking });
    }
    case 'closed':
      return over(state, 'interrupted', signal.reason);
  }
}

/** Consumes messages whose answer is in the transcript. */
export function settleFromTranscript(state: RunningState, uuids: readonly string[], text: string): Step {
  const answer: AgentAnswer = {
    text,
    isError: false,
    uuids: [...uuids],
    totalCostUsd: 0,
    aborted: false,
    outage: 'none',
  };
  return answered(state, answer);
}

/** Consumes the messages of an answer that an earlier attempt has already reported, and reports it again. */
export function repeatResult(state: RunningState, result: Extract<EventBody, { type: 'result' }>): Step {
  const { user_message_uuids: uuids } = result;
  return settle({ ...consume(state, uuids), held: state.held.filter((uuid) => !uuids.includes(uuid)) }, [result]);
}

function messageReported(
  state: RunningState,
  uuid: string,
  reported: 'queued' | 'started' | 'completed' | 'cancelled',
): Step {
  const events: EventBody[] = state.started ? [] : [{ type: 'started' }];
  const next = { ...state, started: true };
  if (!state.waiting.includes(uuid)) return settle(next, events);
  if (reported === 'cancelled') return settle(consume(next, [uuid]), events);
  if (reported === 'completed') return settle({ ...next, swallowed: [...state.swallowed, uuid] }, events);
  return { state: next, events, verdict: null };
}

function answered(state: RunningState, answer: AgentAnswer): Step {
  if (answer.aborted) return settle({ ...consume(state, answer.uuids), held: [] }, []);
  const isContextOnly =
    answer.text === '' &&
    !answer.isError &&
    answer.uuids.length > 0 &&
    answer.uuids.every((uuid) => state.context.includes(uuid));
  if (isContextOnly) return quiet({ ...consume(state, answer.uuids), held: [...state.held, ...answer.uuids] });
  // The agent woke on its own, had nothing to say and asked the model nothing.
  if (answer.text.trim() === '' && !answer.isError && answer.uuids.length === 0) return settle(state, []);
  // An outage in a turn the agent began on its own loses no message.
  if (answer.outage !== 'none' && answer.uuids.length === 0 && state.held.length === 0) return quiet(state);
  if (answer.outage === 'fatal' && answer.text.includes(MODEL_USED_UP))
    return over(state, 'failed', 'the attempt has used up its model requests', 'model');
  if (answer.outage === 'fatal') return over(state, 'failed', `the model rejected the request${statusIn(answer.text)}`);
  if (answer.outage === 'transient')
    return over(state, 'interrupted', `the model could not be reached${statusIn(answer.text)}`);
  const uuids = [...new Set([...state.held, ...answer.uuids])];
  const text = answer.text.trim() === '' ? state.text.join('\n\n') || state.lastText || state.silentText : answer.text;
  const event: EventBody = {
    type: 'result',
    text: text.slice(0, MAX_TEXT),
    ...(answer.summary === undefined ? {} : { summary: answer.summary }),
    ...(answer.diff === undefined ? {} : { diff: answer.diff }),
    is_error: answer.isError,
    user_message_uuids: uuids,
    cost_usd: Math.max(0, answer.totalCostUsd - state.totalCostUsd),
  };
  const totalCostUsd = Math.max(state.totalCostUsd, answer.totalCostUsd);
  return settle({ ...consume(state, uuids), held: [], text: [], words: '', lastText: '', totalCostUsd }, [event]);
}

/** Reasons go into logs, so only the HTTP status of the agent's text is kept. */
function statusIn(text: string): string {
  const status = /API Error:? \(?(\d{3})\b/.exec(text)?.[1];
  return status === undefined ? '' : ` (HTTP ${status})`;
}

function consume(state: RunningState, uuids: readonly string[]): RunningState {
  return { ...state, waiting: state.waiting.filter((uuid) => !uuids.includes(uuid)) };
}

function settle(state: RunningState, events: EventBody[]): Step {
  const isOver =
    state.idle && stalledMessagesOf(state).length === 0 && state.background.length === 0 && !state.isWaking;
  return {
    state,
    events,
    verdict: isOver ? { type: 'over', outcome: 'done', reason: 'every message answered' } : null,
  };
}

function quiet(state: RunningState): Step {
  return { state, events: [], verdict: null };
}

function over(state: RunningState, outcome: 'interrupted' | 'failed', reason: string, cause?: EndCause): Step {
  const said = { reason: reason.slice(0, 500), ...(cause ? { cause } : {}) };
  return { state, events: [], verdict: { type: 'over', outcome, ...said } };
}
