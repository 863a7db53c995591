import type { Command, Reading } from '../../input/command.ts';
import { readFilesWish } from '../../input/files-command.ts';
import { type Asked, forMachine } from '../../input/machine-command.ts';
import { texts } from '../../texts/index.ts';
import { onCommand, onOptOut } from '../commands/commands.ts';
import { noteDeepText } from '../commands/deep-work.ts';
import { homeOf } from '../commands/projects.ts';
import { planUndo } from '../commands/sessions.ts';
import { enqueue } from '../outbox/replies.ts';
import { optIn, windowOpened } from '../outbox/service-window.ts';
import { QUEUE_MAX } from '../policy/turn.ts';
import { answerByMessage, optionWords, withLateQuestion } from '../questions/match-answer.ts';
import { keptAsking, passedBy, tellLapsed } from '../questions/own-prompts.ts';
import { asAside, withDoubt } from '../questions/unclear-answer.ts';
import { answerMeant, answerNamed, reminderWords } from '../schedules/reminders.ts';
import { asTexted } from '../state/choices.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect, Event } from '../state/events.ts';
import { setMessages, waiting } from '../state/messages.ts';
import { openQuestions } from '../state/questions.ts';
import type { Message } from '../state/rows.ts';
import { isWhatsApp, openTurn, type State, withTimer, withTurn } from '../state/state.ts';
import { queueMode, startTurn } from '../turn/queue.ts';
import { joinTurn } from '../turn/steer.ts';
import { gatherUntil } from './debounce.ts';
import { isOvertaken, leftUndone, onMissed, tellLate, withWritten } from './late-texts.ts';
import { answerAsked } from './own-answers.ts';
import { withQuoted } from './quoted-message.ts';
import { onReaction } from './reactions.ts';
import { readMessage } from './recognisers.ts';

// A text comes in: answered at once (commands), refused in words, given to the running turn, or kept until a turn takes it.

type Arrival = Extract<Event, { type: 'message' }>;

export function onMessage(state: State, arrived: Arrival, ctx: Context): Decision {
  const event = asTexted(arrived);
  const { message } = event;
  const asking = keptAsking(state, ctx.now);
  if (event.missed && !event.optOut && message.text !== '') return onMissed(state, event, ctx);
  if (event.late && message.text !== '' && isOvertaken(state, event)) return onOvertaken(state, message, ctx);
  const conversation = { ...state.conversation, asking, sender: message.to, lastInboundId: message.providerId };
  const seen: State = { ...state, conversation };
  // YES is START to the carrier, and a word like any other to someone who never left.
  const isWord = event.optOut === 'start' && conversation.optedOutAt === null;
  if (event.optOut && !isWord) return onOptOut(seen, message, event.optOut, ctx);
  const awake = tellLapsed(writesAgain(seen, message, ctx), state, ctx);
  const told = event.late && message.text !== '' ? tellLate(awake, message, ctx) : awake;
  return onWords(told, event, ctx);
}

/** Later texts have come before it: its words are for the agent, and nothing else is done or answered by it. */
function onOvertaken(state: State, message: Message, ctx: Context): Decision {
  const { kind } = readMessage(state, message, []);
  if (kind !== 'text') return answerNow(state, message, leftUndone(message, ctx.now), ctx);
  return keep(tellLate(state, message, ctx), withWritten(state, message, true, ctx), ctx);
}

/** On WhatsApp whoever writes wants to hear from us; on SMS the carrier lets nothing through until START. */
const writesAgain = (state: State, message: Message, ctx: Context): State =>
  state.conversation.optedOutAt !== null && isWhatsApp(message.from) ? optIn(state, ctx) : state;

function onWords(seen: State, event: Arrival, ctx: Context): Decision {
  const { message } = event;
  const reading = readMessage(seen, message, [...optionWords(seen, event), ...reminderWords(seen, event)]);
  const asked = askedOf(seen, message, reading);
  if (asked) {
    const opened = windowOpened(asked.state, seen, message, ctx);
    return keep(opened, { ...message, action: asked.action, text: asked.text }, ctx);
  }
  const answered = answeredNow(seen, event, reading, ctx);
  // What waited for the person to write leaves before anything newer, but after what was asked for just now.
  if (answered) return { ...answered, state: windowOpened(answered.state, seen, message, ctx) };
  const words = event.late ? withWritten(seen, message, false, ctx) : message;
  const opened = windowOpened(passedBy(seen, ctx.now), seen, message, ctx);
  const late = withLateQuestion(opened, { ...event, message: words });
  // What answers a question that was left says so itself.
  const quoted = late.message === words ? event.quoted : null;
  const kept = asAside(late.state, event, late.message, ctx);
  return keep(withDoubt(late.state, event, kept, ctx), kept, ctx, quoted);
}

/** What the machine is to do besides giving words to the agent, or null; refusals are answered like any command. */
function askedOf(state: State, message: Message, reading: Reading): (Asked & { state: State }) | null {
  if (reading.kind === 'action') return { ...reading.asked, state };
  if (reading.kind !== 'command' || reading.command.name !== 'undo') return null;
  const undo = planUndo(state, message);
  return 'refusal' in undo ? null : { action: 'undo', text: undo.uuid, state: undo.state };
}

/** The decision when the relay answers by itself, else null. */
function answeredNow(state: State, event: Arrival, reading: Reading, ctx: Context): Decision | null {
  const { message, late, unread, quoted } = event;
  if (unread === 'reaction') return onReaction(state, event, ctx);
  if (unread) return answerNow(state, message, texts.inbound.unread[unread], ctx);
  if (reading.kind === 'command') return onNow(state, message, quoted, reading.command, ctx);
  const free = used(state, message);
  const asked = answerAsked(free, event, ctx) ?? answerNamed(free, event, ctx);
  if (asked) return asked;
  const given = reading.kind === 'typo' ? null : (answerByMessage(state, event, ctx) ?? answerMeant(free, event, ctx));
  if (given) return given;
  if (reading.kind === 'typo') return answerNow(state, message, texts.didYouMean(reading.meant), ctx);
  if (message.text !== '' || state.files.some((f) => f.message === message.seq)) return null;
  return answerNow(state, message, late ? texts.lateAndEmpty : texts.inbound.unread.other, ctx);
}

/** What a command leaves to be done in a turn: the words after it. */
function leftOf({ name, rest }: Command): Pick<Message, 'text' | 'action'> | null {
  if (rest === '') return null;
  if (name === 'btw') return { text: rest, action: 'aside' };
  const goesOn = name === 'stop' || name === 'new' || name === 'deep';
  return goesOn ? (forMachine(rest) ?? { text: rest, action: null }) : null;
}

/** The command's message is used up before it acts, so that it cannot start a turn; only words after it wait. */
function onNow(state: State, message: Message, quoted: string | undefined, command: Command, ctx: Context): Decision {
  if (command.name === 'files') return onFiles(state, message, command.rest, ctx);
  const decision = onCommand(used(state, message), command, ctx);
  const change = leftOf(command);
  if (change === null) return decision;
  const rest: Message = { ...message, ...change, state: 'waiting' };
  return andThen(decision, (next) =>
    keep(
      setMessages(next, (m) => m.seq === message.seq, { state: 'waiting' }),
      rest,
      ctx,
      quoted,
    ),
  );
}

/** For the machine, as a turn of its own. */
function onFiles(state: State, message: Message, rest: string, ctx: Context): Decision {
  const wish = readFilesWish(rest);
  if (wish.kind !== 'ask') return answerNow(state, message, texts.files[wish.kind], ctx);
  const { action, text } = wish;
  const asked = setMessages(state, (m) => m.seq === message.seq, { action, text });
  return keep(asked, { ...message, action, text }, ctx);
}

/** The message waits for a turn, which may begin at once. It is for the project that is active now, unless it names one. */
export function keep(before: State, arrived: Message, ctx: Context, quoted: string | null = null): Decision {
  // A command's words stand for themselves.
  const said = withQuoted(before, arrived, arrived.action === null ? quoted : null, ctx);
  const project = homeOf(said.state, said.message.project);
  const message = { ...said.message, project };
  const { text, action } = message;
  const kept = setMessages(said.state, (m) => m.seq === message.seq, { project, text, action });
  const state = noteDeepText(kept, project, ctx.now);
  if (state.conversation.optedOutAt !== null) {
    return noEffects(setMessages(state, (m) => m.seq === message.seq, { state: 'failed' }));
  }
  const ahead = waiting(state);
  if (ahead.length > QUEUE_MAX) return queueFull(state, message, ctx);
  const shown = { ...state, conversation: { ...state.conversation, typingAt: ctx.now } };
  const typing: Effect[] = isWhatsApp(message.from) ? [{ do: 'typing', messageId: message.providerId }] : [];
  const next = openTurn(shown) ? joinTurn(shown, message, ctx) : gather(shown, ctx);
  return { ...next, effects: [...typing, ...next.effects] };
}

function gather(state: State, ctx: Context): Decision {
  const ahead = waiting(state);
  const until = gatherUntil(ahead, ctx.policy.gatherMs);
  const alone = queueMode(state, ctx.policy) === 'queue' || ahead.some((m) => m.action !== null);
  if (ctx.policy.gatherMs === 0 || alone || until <= ctx.now) return withAside(startTurn(state, ctx), ctx);
  return noEffects(withTimer(state, { kind: 'gather', ref: '', dueAt: until, attempts: 0 }));
}

/** The turn that has just begun is asked on the side what came behind its texts. */
function withAside(begun: Decision, ctx: Context): Decision {
  const aside = waiting(begun.state).find((m) => m.action === 'aside');
  if (!aside || !openTurn(begun.state)) return begun;
  return andThen(begun, (state) => joinTurn(state, aside, ctx));
}

/** One sentence per turn that texts wait, when the burst is complete and the turn still runs. */
export function onWaiting(state: State, ctx: Context): Decision {
  const turn = openTurn(state);
  const count = waiting(state).length;
  if (!turn || turn.toldWaiting || count === 0) return noEffects(state);
  const told = withTurn(state, { ...turn, toldWaiting: true });
  // Also while the machine does not say that it has stopped: what waits, waits for that.
  const isAway = turn.stopping !== null && turn.unreachableSince !== null;
  const isAsking = openQuestions(state, turn.id).length > 0;
  const words = isAway ? texts.unreachable : isAsking ? texts.waitingForYou(count) : texts.waiting(count);
  return noEffects(enqueue(told, 'progress', turn.id, [words], ctx));
}

/** Kept for /retry, and said so: once per turn, because the sentence speaks for those that follow as well. */
function queueFull(state: State, message: Message, ctx: Context): Decision {
  const turn = openTurn(state);
  const refused = setMessages(state, (m) => m.seq === message.seq, { state: 'failed' });
  if (turn?.toldFull) return noEffects(refused);
  const told = turn ? withTurn(refused, { ...turn, toldFull: true }) : refused;
  return noEffects(enqueue(told, 'notice', null, [texts.queueFull(QUEUE_MAX)], ctx));
}

/** The message is used up without a turn; the person gets `text`. */
function answerNow(state: State, message: Message, text: string, ctx: Context): Decision {
  return noEffects(enqueue(used(state, message), 'notice', null, [text], ctx));
}

/** Answered without a turn. A reply ends the typing that is shown; while the agent works the next heartbeat shows it again. */
function used(state: State, message: Message): State {
  const consumed = setMessages(state, (m) => m.seq === message.seq, { state: 'consumed', turn: null });
  return { ...consumed, conversation: { ...consumed.conversation, typingAt: 0 } };
}
