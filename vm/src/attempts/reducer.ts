import { type EndCause, type EventBody, MODEL_USED_UP } from '../../../src/protocol/index.ts';
import type { Answer, BackgroundTask, PushedMessage, Signal } from '../agent/agent.ts';

// Turns the agent's signals into the attempt's events, and decides when the attempt is over. Pure; running-attempt.ts
// feeds it and keeps the clocks.

export type Verdict =
  | { type: 'over'; outcome: 'done' | 'interrupted' | 'failed'; reason: string; cause?: EndCause }
  /** The session is gone: open a fresh one and push `waiting` again. */
  | { type: 'start_afresh'; lost: string };

export type Turn = {
  /** Messages given to the agent and not yet consumed. */
  waiting: readonly string[];
  /** Those among them that only precede another message. */
  context: readonly string[];
  /** Messages the agent took in without answering them; the next answer lists them. */
  held: readonly string[];
  /** Messages the agent says it has finished. */
  swallowed: readonly string[];
  /** Text since the last tool call. */
  text: readonly string[];
  /** The beginning of the next text, as far as it is written. */
  words: string;
  lastText: string;
  session: string | null;
  totalCostUsd: number;
  idle: boolean;
  /** Background tasks that this turn started and waits for. */
  background: readonly BackgroundTask[];
  /** One of them ended while the agent was idle: it is about to wake and report it. */
  isWaking: boolean;
  /** Background tasks of earlier turns, which it does not wait for. */
  inherited: readonly BackgroundTask[];
  started: boolean;
  /** The text of an answer that has no words. */
  silentText: string;
};

export type Step = { turn: Turn; events: EventBody[]; verdict: Verdict | null };

const MAX_TEXT = 1_000_000;

export function newTurn(session: string | null): Turn {
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

export function pushed(turn: Turn, message: PushedMessage): Turn {
  const context = message.context ? [...turn.context, message.uuid] : turn.context;
  return { ...turn, waiting: [...turn.waiting, message.uuid], context };
}

/** The message goes to the agent again, so earlier reports about it no longer count. */
export function pushedAgain(turn: Turn, uuid: string): Turn {
  const without = (uuids: readonly string[]): string[] => uuids.filter((other) => other !== uuid);
  return {
    ...turn,
    waiting: [...without(turn.waiting), uuid],
    held: without(turn.held),
    swallowed: without(turn.swallowed),
  };
}

/** The text since the last tool call that belongs to no answer: all that is left of a turn that was cut off. */
export function unsaid(turn: Turn): EventBody[] {
  const said = [...turn.text, turn.words].join('\n\n').trim().slice(0, MAX_TEXT);
  return said === '' ? [] : [{ type: 'progress', text: said }];
}

/**
 * Messages that wait although the agent is idle. It takes a uuid it has seen before for a repeat, and then reports
 * nothing about it, or only that it has finished it.
 */
export function leftLying(turn: Turn): readonly string[] {
  return turn.idle ? [...turn.waiting, ...turn.held] : [];
}

/** The agent was given no message, so it is idle from the start. */
export function resting(turn: Turn): Step {
  const events: EventBody[] = turn.started ? [] : [{ type: 'started' }];
  return { turn: { ...turn, idle: true, started: true }, events, verdict: null };
}

/** A side question was answered. The cost since the last answer is reported once, here or with the next answer. */
export function answeredAside(turn: Turn, uuid: string, text: string, totalCostUsd: number | null): Step {
  const total = Math.max(turn.totalCostUsd, totalCostUsd ?? 0);
  const event: EventBody = { type: 'aside', uuid, text: text.slice(0, MAX_TEXT), cost_usd: total - turn.totalCostUsd };
  return settle({ ...turn, totalCostUsd: total }, [event]);
}

/** Everything is answered; only commands in the background keep the turn open. */
export function onlyShellsRun(turn: Turn): boolean {
  return turn.idle && leftLying(turn).length === 0 && turn.background.every((task) => task.isShell);
}

export function step(turn: Turn, signal: Signal): Step {
  switch (signal.type) {
    case 'alive':
    case 'last_word':
    case 'compacting':
      return quiet(turn);
    case 'session':
      if (signal.session === turn.session) return quiet(turn);
      return {
        ...quiet({ ...turn, session: signal.session }),
        events: [{ type: 'session', session_id: signal.session }],
      };
    case 'session_lost': {
      if (turn.session === null) return over(turn, 'interrupted', 'the agent would not start a session');
      const verdict = { type: 'start_afresh', lost: turn.session } as const;
      return { turn: { ...turn, session: null, idle: false }, events: [], verdict };
    }
    case 'text':
      return quiet({ ...turn, text: [...turn.text, signal.text], words: '', lastText: signal.text });
    case 'words':
      return quiet({ ...turn, words: signal.fresh ? signal.text : (turn.words + signal.text).slice(0, MAX_TEXT) });
    case 'tool_started': {
      const tool: EventBody = {
        type: 'tool_started',
        tool_use_id: signal.id.slice(0, 200),
        name: signal.name.slice(0, 200),
      };
      return { ...quiet({ ...turn, text: [], words: '' }), events: [...unsaid(turn), tool] };
    }
    case 'tool_ended': {
      const event: EventBody = { type: 'tool_ended', tool_use_id: signal.id.slice(0, 200), is_error: signal.isError };
      return { ...quiet(turn), events: [event] };
    }
    case 'compacted':
      return { ...quiet(turn), events: [{ ...signal }] };
    case 'message':
      return messageMoved(turn, signal.uuid, signal.state);
    case 'answer':
      return answered(turn, signal.answer);
    case 'state':
      return settle({ ...turn, idle: signal.idle, isWaking: turn.isWaking && signal.idle }, []);
    case 'background': {
      const background = signal.tasks.filter((task) => !turn.inherited.some((other) => other.id === task.id));
      const isWaking = turn.isWaking || (turn.idle && background.length < turn.background.length);
      return quiet({ ...turn, background, isWaking });
    }
    case 'closed':
      return over(turn, 'interrupted', signal.reason);
  }
}

/** Consumes messages whose answer was found in the transcript. */
export function settleFromTranscript(turn: Turn, uuids: readonly string[], text: string): Step {
  const answer: Answer = { text, isError: false, uuids: [...uuids], totalCostUsd: 0, aborted: false, outage: 'none' };
  return answered(turn, answer);
}

/** Consumes what an answer was for that an earlier attempt told already. */
export function toldAgain(turn: Turn, result: Extract<EventBody, { type: 'result' }>): Step {
  const { user_message_uuids: uuids } = result;
  return settle({ ...consume(turn, uuids), held: turn.held.filter((uuid) => !uuids.includes(uuid)) }, [result]);
}

function messageMoved(turn: Turn, uuid: string, state: 'queued' | 'started' | 'completed' | 'cancelled'): Step {
  const events: EventBody[] = turn.started ? [] : [{ type: 'started' }];
  const next = { ...turn, started: true };
  if (!turn.waiting.includes(uuid)) return settle(next, events);
  if (state === 'cancelled') return settle(consume(next, [uuid]), events);
  if (state === 'completed') return settle({ ...next, swallowed: [...turn.swallowed, uuid] }, events);
  return { turn: next, events, verdict: null };
}

function answered(turn: Turn, answer: Answer): Step {
  if (answer.aborted) return settle({ ...consume(turn, answer.uuids), held: [] }, []);
  const isContextOnly =
    answer.text === '' &&
    !answer.isError &&
    answer.uuids.length > 0 &&
    answer.uuids.every((uuid) => turn.context.includes(uuid));
  if (isContextOnly) return quiet({ ...consume(turn, answer.uuids), held: [...turn.held, ...answer.uuids] });
  // It woke on its own, had nothing to say and asked the model nothing.
  if (answer.text.trim() === '' && !answer.isError && answer.uuids.length === 0) return settle(turn, []);
  // An outage in a turn the agent began on its own loses no message.
  if (answer.outage !== 'none' && answer.uuids.length === 0 && turn.held.length === 0) return quiet(turn);
  if (answer.outage === 'fatal' && answer.text.includes(MODEL_USED_UP))
    return over(turn, 'failed', 'the attempt has used up its model requests', 'model');
  if (answer.outage === 'fatal') return over(turn, 'failed', `the model rejected the request${statusIn(answer.text)}`);
  if (answer.outage === 'transient')
    return over(turn, 'interrupted', `the model could not be reached${statusIn(answer.text)}`);
  const uuids = [...new Set([...turn.held, ...answer.uuids])];
  const text = answer.text.trim() === '' ? turn.text.join('\n\n') || turn.lastText || turn.silentText : answer.text;
  const event: EventBody = {
    type: 'result',
    text: text.slice(0, MAX_TEXT),
    ...(answer.summary === undefined ? {} : { summary: answer.summary }),
    is_error: answer.isError,
    user_message_uuids: uuids,
    cost_usd: Math.max(0, answer.totalCostUsd - turn.totalCostUsd),
  };
  const totalCostUsd = Math.max(turn.totalCostUsd, answer.totalCostUsd);
  return settle({ ...consume(turn, uuids), held: [], text: [], words: '', lastText: '', totalCostUsd }, [event]);
}

/** Reasons go into logs, so only an HTTP status is kept of the agent's words. */
function statusIn(text: string): string {
  const status = /API Error:? \(?(\d{3})\b/.exec(text)?.[1];
  return status === undefined ? '' : ` (HTTP ${status})`;
}

function consume(turn: Turn, uuids: readonly string[]): Turn {
  return { ...turn, waiting: turn.waiting.filter((uuid) => !uuids.includes(uuid)) };
}

function settle(turn: Turn, events: EventBody[]): Step {
  const isOver = turn.idle && leftLying(turn).length === 0 && turn.background.length === 0 && !turn.isWaking;
  return { turn, events, verdict: isOver ? { type: 'over', outcome: 'done', reason: 'every message answered' } : null };
}

function quiet(turn: Turn): Step {
  return { turn, events: [], verdict: null };
}

function over(turn: Turn, outcome: 'interrupted' | 'failed', reason: string, cause?: EndCause): Step {
  const said = { reason: reason.slice(0, 500), ...(cause ? { cause } : {}) };
  return { turn, events: [], verdict: { type: 'over', outcome, ...said } };
}
