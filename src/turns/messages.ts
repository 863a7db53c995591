import { commandLines, parseCommand } from '../commands/parse.ts';
import { texts } from '../texts.ts';
import type { Context, Decision, Effect } from './event.ts';
import { gatherUntil } from './gather.ts';
import { enqueue } from './outbox.ts';
import * as policy from './policy.ts';
import {
  findTimer,
  type Message,
  openTurn,
  type State,
  showsTyping,
  type Turn,
  withAttempt,
  withoutTimer,
  withTimer,
  withTurn,
} from './state.ts';

// A text comes in: answered at once (commands), refused in words, or kept until a turn takes it.

export function onMessage(state: State, message: Message, ctx: Context, quietMs: number): Decision {
  const conversation = { ...state.conversation, sender: message.to, lastInboundId: message.providerId };
  const seen: State = { ...state, conversation };
  const command = parseCommand(message.text);
  if (command?.name === 'help') return answerNow(seen, message, texts.help(commandLines()), ctx);
  if (command?.name === 'retry') return onRetry(seen, message, ctx);
  if (message.text === '') {
    return answerNow(seen, message, message.attachments > 0 ? texts.attachmentOnly : texts.notText, ctx);
  }
  const waiting = seen.messages.filter((m) => m.state === 'waiting');
  if (waiting.length > policy.QUEUE_MAX) return answerNow(seen, message, texts.queueFull, ctx);

  const typing: Effect[] = showsTyping(seen) ? [{ do: 'typing', messageId: message.providerId }] : [];
  const shown = { ...seen, conversation: { ...conversation, typingAt: ctx.now } };
  if (openTurn(seen)) return { state: shown, effects: typing, log: [] };
  const until = gatherUntil(waiting, quietMs);
  if (quietMs === 0 || until <= ctx.now) return withEffects(startTurn(shown, ctx), typing);
  return { state: withTimer(shown, { kind: 'gather', ref: '', dueAt: until, attempts: 0 }), effects: typing, log: [] };
}

/** The message is used up without a turn; the person gets `text`. */
function answerNow(state: State, message: Message, text: string, ctx: Context): Decision {
  const used = setMessages(state, (m) => m.seq === message.seq, 'consumed', null);
  // A message ends the typing that is shown; while the agent works the next heartbeat shows it again.
  const shown = { ...used, conversation: { ...used.conversation, typingAt: 0 } };
  return { state: enqueue(shown, 'notice', null, [text], ctx), effects: [], log: [] };
}

/** Failed messages wait again, in their old order. */
function onRetry(state: State, message: Message, ctx: Context): Decision {
  const failed = state.messages.filter((m) => m.state === 'failed');
  if (failed.length === 0) return answerNow(state, message, texts.nothingToRetry, ctx);
  const told = answerNow(state, message, texts.retrying(failed.length), ctx);
  const waiting = setMessages(told.state, (m) => m.state === 'failed', 'waiting', null);
  return openTurn(waiting) ? { ...told, state: waiting } : withEffects(startTurn(waiting, ctx), told.effects);
}

/** The burst is complete. */
export function onGathered(state: State, ctx: Context): Decision {
  return openTurn(state) ? { state, effects: [], log: [] } : startTurn(state, ctx);
}

/** Opens a turn over what waits, oldest first and no more than a machine takes at once; nothing when nothing waits. */
export function startTurn(state: State, ctx: Context): Decision {
  const settled = withoutTimer(state, 'gather');
  if (!settled.messages.some((m) => m.state === 'waiting')) return { state: settled, effects: [], log: [] };
  const turn: Turn = {
    id: ctx.id(),
    project: settled.project.id,
    state: 'open',
    openedAt: ctx.now,
    endedAt: null,
    attempts: 0,
    tellAt: null,
    toldUnreachable: false,
    unreachableSince: null,
  };
  const oldest = settled.messages.filter((m) => m.state === 'waiting').slice(0, policy.QUEUE_MAX);
  const taken = setMessages(settled, (m) => oldest.includes(m), 'active', turn.id);
  return beginAttempt(withTurn(taken, turn), ctx);
}

/** The next attempt of the open turn. Its row is the intent: the machine is called after the commit. */
export function beginAttempt(state: State, ctx: Context): Decision {
  const turn = openTurn(state);
  if (!turn) return { state, effects: [], log: [] };
  const n = turn.attempts + 1;
  const settled = withoutTimer(withoutTimer(state, 'attempt'), 'reach');
  const next = withAttempt(withTurn(settled, { ...turn, attempts: n, tellAt: ctx.now + policy.TELL_UNREACHABLE_MS }), {
    turn: turn.id,
    n,
    state: 'requested',
    journal: null,
    lastSeq: 0,
    openedAt: ctx.now,
    endedAt: null,
    outcome: null,
  });
  return { state: next, effects: [], log: [{ level: 'info', event: 'attempt', turn: turn.id, n }] };
}

/** After a turn ended: what came in meanwhile is next, as one prompt. */
export function continueQueue(decision: Decision, ctx: Context): Decision {
  if (findTimer(decision.state, 'gather')) return decision;
  const next = startTurn(decision.state, ctx);
  return { state: next.state, effects: [...decision.effects, ...next.effects], log: [...decision.log, ...next.log] };
}

export function setMessages(
  state: State,
  which: (message: Message) => boolean,
  to: Message['state'],
  turn: string | null,
): State {
  return { ...state, messages: state.messages.map((m) => (which(m) ? { ...m, state: to, turn } : m)) };
}

function withEffects(decision: Decision, effects: Effect[]): Decision {
  return { ...decision, effects: [...effects, ...decision.effects] };
}
