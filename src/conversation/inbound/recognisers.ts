import { readJoin } from '../../input/access-code.ts';
import { type Reading, readText } from '../../input/command.ts';
import { readLink } from '../../input/link-code.ts';
import { leastRoleFor, mayUse } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { onCommand } from '../commands/dispatch.ts';
import { answerJoin, answerUnlink, onLink } from '../commands/link.ts';
import { onMergeChosen } from '../commands/pull-requests.ts';
import { chooseZone, rezoneSchedules } from '../commands/timezone.ts';
import { enqueue } from '../outbox/replies.ts';
import { openWindow, optIn, optOut as withOptOut } from '../outbox/service-window.ts';
import { beginForgetting } from '../privacy/forget.ts';
import { askWhatIsMeant, asSideQuestion } from '../questions/clarify.ts';
import { findHeardConsent } from '../questions/heard-question.ts';
import { answerByMessage, findOptionWords, withLateQuestion } from '../questions/match-answer.ts';
import { askIfMeant, markPassed, readChosen, withAsking } from '../questions/own-prompts.ts';
import { answerPermission } from '../repositories/permissions.ts';
import { answerMeantReminder, answerNamedReminder, findReminderWords } from '../schedules/reminders.ts';
import { accessOf } from '../state/access.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { findFailed, setMessages } from '../state/messages.ts';
import type { Message } from '../state/rows.ts';
import { roleOf } from '../state/standing.ts';
import { findOpenTurn, type State } from '../state/state.ts';
import { machineActionOf, runCommand } from './command-message.ts';
import { withEditLine, withNewWords, withoutEdited } from './edited-message.ts';
import { withWritten } from './late-texts.ts';
import { answerAtOnce, queueMessage, useUp } from './queue-message.ts';
import { readQuoted } from './quoted-message.ts';

// Finds out what a text is. The recognisers are asked in the order of the table; the first one that answers decides.

type Arrival = Extract<Event, { type: 'message' }>;

/** `reading`: the words alone: a command, a misspelt command, an option, or words for the agent. */
type Text = { event: Arrival; reading: Reading };
/** The decision if the text is of this kind, else null. */
type Recognise = (state: State, text: Text, ctx: Context) => Decision | null;
type Recogniser = { readonly name: string; readonly recognise: Recognise };

/** Wraps a recogniser so that its answer leaves before the replies that were held until the person wrote. */
const first =
  (recognise: Recognise): Recognise =>
  (state, text, ctx) => {
    const decision = recognise(state, text, ctx);
    return decision && { ...decision, state: openWindow(decision.state, state, text.event.message, ctx) };
  };

const RECOGNISERS: readonly Recogniser[] = [
  // STOP, START or HELP where the carrier has acted on the word by itself.
  { name: 'opt-out', recognise: first(recogniseOptOut) },
  { name: 'reaction', recognise: first(recogniseReaction) },
  { name: 'unreadable', recognise: first(recogniseUnreadable) },
  { name: 'code of an invitation', recognise: first(recogniseJoin) },
  { name: 'code of another address', recognise: first(recogniseLink) },
  { name: 'command of a higher role', recognise: first(recogniseForbidden) },
  { name: 'command for the machine', recognise: recogniseMachineCommand },
  { name: 'command', recognise: first(recogniseCommand) },
  { name: 'change of a waiting text', recognise: first(recogniseEdit) },
  // The answer to a question of Roost itself, such as the one for a time zone.
  { name: 'own question', recognise: first(recogniseOwnAnswer) },
  // A tap on a reminder, or a reply to it.
  { name: 'named reminder', recognise: first(recogniseNamedReminder) },
  { name: "agent's question", recognise: first(recogniseAnswer) },
  // "done" or "snooze" soon after a reminder.
  { name: 'meant reminder', recognise: first(recogniseMeantReminder) },
  { name: 'slip of the pen', recognise: first(recogniseSlip) },
  { name: 'empty', recognise: first(recogniseEmpty) },
  // Anything else is for the agent.
  { name: 'work', recognise: takeAsWork },
];

/** The kind of the text, and the decision about it. */
export function recognise(state: State, event: Arrival, ctx: Context): { name: string; decision: Decision } {
  const options = [...findOptionWords(state, event), ...findReminderWords(state, event)];
  const text = { event, reading: readMessage(state, event.message, options, ctx) };
  const free = withoutEdited(state, event, text.reading, ctx);
  for (const { name, recognise } of RECOGNISERS) {
    const decision = recognise(free, text, ctx);
    if (decision) return { name, decision };
  }
  throw new Error('no recogniser took the text');
}

/** Reads the words: a command, a bare word, an option, or words for the agent. */
export const readMessage = (
  state: State,
  { text, from }: Message,
  options: string[],
  ctx: Pick<Context, 'channelOf'>,
): Reading =>
  readText(text, {
    isRunning: findOpenTurn(state) !== null,
    isDeep: state.conversation.deep !== null,
    optOutWords: ctx.channelOf(from).optOutWords,
    options,
  });

/** The carrier reads YES as START. From a person who never opted out, YES is a word like any other. */
export const isOptOut = ({ conversation }: State, { optOut }: Arrival): boolean =>
  optOut !== undefined && (optOut !== 'start' || conversation.optedOutAt !== null);

/** Consumes the message. The carrier itself answers STOP and HELP. */
function recogniseOptOut(state: State, { event }: Text, ctx: Context): Decision | null {
  const { message, optOut } = event;
  if (!isOptOut(state, event)) return null;
  const free = setMessages(state, (m) => m.seq === message.seq, { state: 'consumed', turn: null });
  if (optOut === 'stop') return noEffects(withOptOut(free, ctx.now), { level: 'info', event: 'opted-out' });
  if (optOut === 'help') return noEffects(free);
  return noEffects(tellKept(optIn(free, ctx), ctx), { level: 'info', event: 'opted-in' });
}

/** Tells the person that texts from the time of the opt-out wait for /retry. */
function tellKept(state: State, ctx: Context): State {
  const kept = findFailed(state).length;
  return kept === 0 ? state : enqueue(state, 'notice', [texts.optedBack(kept)], ctx);
}

/** A reaction that says yes or no answers the question it was put on. Any other reaction has no effect. */
function recogniseReaction(state: State, { event }: Text, ctx: Context): Decision | null {
  if (event.unread !== 'reaction') return null;
  const { unread: _, ...asWords } = event;
  const { message, quoted } = event;
  const free = setMessages(state, (m) => m.seq === message.seq, { state: 'consumed', turn: null });
  // The person has removed the reaction.
  if (message.text === '') return noEffects(free);
  const own = quoted === undefined ? null : (answerOwn(state, event, ctx) ?? answerNamedReminder(free, event, ctx));
  const answered = own ?? answerByMessage(state, event, ctx);
  if (answered) return answered;
  if (findHeardConsent(state, asWords) === null) return noEffects(free);
  return noEffects(enqueue(free, 'notice', [texts.inbound.unread.reaction], ctx));
}

/** A kind of message that carries no words or files, such as a sticker or a location. */
function recogniseUnreadable(state: State, { event: { message, unread } }: Text, ctx: Context): Decision | null {
  return unread ? answerAtOnce(state, message, texts.inbound.unread[unread], ctx) : null;
}

/** The text that let the person in, or a code of somebody who is in already. */
function recogniseJoin(state: State, { event: { message } }: Text, ctx: Context): Decision | null {
  if (!/^\s*join/i.test(message.text) || readJoin(message.text) === null) return null;
  const { joined, alreadyIn } = texts.access;
  const isFirst = message.seq === 1 && accessOf(state).admitted;
  // Codes are handed on with a dash; “join segments” is work.
  if (!isFirst && !message.text.includes('-')) return null;
  return answerAtOnce(state, message, isFirst ? joined(roleOf(state, ctx)) : alreadyIn, ctx);
}

/** “LINK K7QA-2MDB” without a slash, by somebody who has a conversation. */
function recogniseLink(state: State, { event: { message } }: Text, ctx: Context): Decision | null {
  const code = /^\s*link/i.test(message.text) ? readLink(message.text) : null;
  return code === null ? null : onLink(useUp(state, message), code, ctx);
}

/** A command that the person's role may not use. Everything else that it says is answered as usual. */
function recogniseForbidden(state: State, { event, reading }: Text, ctx: Context): Decision | null {
  const name = reading.kind === 'command' ? reading.command.name : null;
  const role = roleOf(state, ctx);
  if (name === null || mayUse(role, name)) return null;
  return answerAtOnce(state, event.message, texts.access.notForRole(name, role, leastRoleFor(name)), ctx);
}

function recogniseMachineCommand(state: State, { event, reading }: Text, ctx: Context): Decision | null {
  const { message } = event;
  const asked = machineActionOf(state, message, reading);
  if (!asked) return null;
  const opened = openWindow(asked.state, state, message, ctx);
  return queueMessage(opened, { ...message, action: asked.action, text: asked.text }, ctx);
}

function recogniseCommand(state: State, { event, reading }: Text, ctx: Context): Decision | null {
  return reading.kind === 'command' ? runCommand(state, event, reading.command, ctx) : null;
}

function recogniseOwnAnswer(state: State, { event }: Text, ctx: Context): Decision | null {
  return answerOwn(state, event, ctx);
}

/** The decision if the message answers a question of Roost, or taps a settled one. */
function answerOwn(before: State, event: Arrival, ctx: Context): Decision | null {
  const chosen = readChosen(before, event, ctx.now);
  const state = useUp(before, event.message);
  switch (chosen?.ask) {
    case undefined:
      return null;
    case 'settled':
      return noEffects(enqueue(state, 'notice', [texts.zones.settled], ctx));
    case 'zone':
      return chooseZone(state, chosen.zone, ctx, onCommand);
    case 'forget':
      return beginForgetting(state, chosen.carrier, ctx);
    case 'unlink':
      return answerUnlink(state, chosen, ctx);
    case 'join':
      return answerJoin(state, chosen, ctx);
    case 'permission':
      return answerPermission(state, chosen, ctx);
    case 'meant':
      return answerMeant(before, event, chosen, ctx);
    case 'merge':
      return onMergeChosen(withAsking(state, null), chosen, ctx);
    case 'move':
      return rezoneSchedules(state, chosen.from, chosen.to, chosen.moves, ctx);
  }
}

/** A yes counts as the command itself. */
function answerMeant(
  before: State,
  event: Arrival,
  { says, isMeant }: { says: string; isMeant: boolean },
  ctx: Context,
): Decision {
  const state = withAsking(before, null);
  if (!isMeant) return answerAtOnce(state, event.message, texts.notMeant, ctx);
  const { quoted: _, unread: __, ...texted } = event;
  return recognise(state, { ...texted, message: { ...event.message, text: says } }, ctx).decision;
}

function recogniseNamedReminder(state: State, { event }: Text, ctx: Context): Decision | null {
  return answerNamedReminder(useUp(state, event.message), event, ctx);
}

/** Longer words are too long to show again. */
const SLIP_CHARS = 1_000;

function answerSlip(state: State, message: Message, meant: string, ctx: Context): State {
  const corrected = message.text.trim().replace(/^\/[a-z-]+/i, `/${meant}`);
  if (corrected.length > SLIP_CHARS) return enqueue(state, 'notice', [texts.didYouMean(meant)], ctx);
  return askIfMeant(state, corrected, ctx);
}

/** A misspelt command never counts as an answer. */
function recogniseAnswer(state: State, { event, reading }: Text, ctx: Context): Decision | null {
  return reading.kind === 'typo' ? null : answerByMessage(state, event, ctx);
}

function recogniseMeantReminder(state: State, { event, reading }: Text, ctx: Context): Decision | null {
  return reading.kind === 'typo' ? null : answerMeantReminder(useUp(state, event.message), event, ctx);
}

function recogniseSlip(state: State, { event: { message }, reading }: Text, ctx: Context): Decision | null {
  return reading.kind === 'typo' ? noEffects(answerSlip(useUp(state, message), message, reading.meant, ctx)) : null;
}

function recogniseEdit(state: State, { event, reading }: Text, ctx: Context): Decision | null {
  const changed = withNewWords(state, event, reading, ctx);
  return changed && noEffects(useUp(changed, event.message));
}

function recogniseEmpty(state: State, { event: { message, late } }: Text, ctx: Context): Decision | null {
  if (message.text !== '' || state.files.some((f) => f.message === message.seq)) return null;
  return answerAtOnce(state, message, late ? texts.lateAndEmpty : texts.inbound.unread.other, ctx);
}

function takeAsWork(state: State, { event }: Text, ctx: Context): Decision {
  const { message } = event;
  const said = withEditLine(event);
  const words = event.late ? withWritten(state, said, false, ctx) : said;
  // Replies that were held until the person wrote leave before anything newer.
  const opened = openWindow(markPassed(state, ctx.now), state, message, ctx);
  const late = withLateQuestion(opened, { ...event, message: words });
  // The answer to an abandoned question quotes that question itself.
  const quoted = late.message === words ? readQuoted(event) : null;
  const queued = asSideQuestion(late.state, event, late.message, ctx);
  return queueMessage(askWhatIsMeant(late.state, event, queued, ctx), queued, ctx, quoted);
}
