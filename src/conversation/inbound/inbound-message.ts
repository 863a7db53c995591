import { parseCommand } from '../../input/command.ts';
import { answerTo } from '../access/addresses.ts';
import { lookAtSender } from '../access/gate.ts';
import { readsOfCommand } from '../commands/dispatch.ts';
import { readsOfTimezone } from '../commands/timezone.ts';
import { followPerson } from '../outbox/moving.ts';
import { optIn, readsOfOpening } from '../outbox/service-window.ts';
import { readsOfTap } from '../questions/match-answer.ts';
import { openAskingOf, tellLapsed } from '../questions/own-prompts.ts';
import { readsOfReminder } from '../schedules/reminders.ts';
import { asTexted } from '../state/choices.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import type { Read } from '../state/reads.ts';
import type { Message } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { logTaken } from '../state/trace.ts';
import { readsOfRetry } from '../turn/retry.ts';
import { isPastStop } from '../turn/stop.ts';
import { asChange, noteChange, withEditLine, withNewWords, withoutEdited } from './edited-message.ts';
import { explainLeftUndone, isOvertaken, onMissed, tellLate, withWritten } from './late-texts.ts';
import { answerAtOnce, queueMessage, useUp } from './queue-message.ts';
import { readQuoted, readsOfQuoted } from './quoted-message.ts';
import { isOptOut, readMessage, recognise } from './recognisers.ts';
import { noteKeys } from './removed-keys.ts';
import { withSender } from './sender.ts';

// Takes in a text. Everything that happens with every text is here; then the first recogniser that knows the text
// decides (recognisers.ts). Late texts have their own rules (late-texts.ts).

type Arrival = Extract<Event, { type: 'message' }>;

/** Every row that the words may need: no recogniser has decided yet. */
export function readsOfMessage(arrived: Arrival, hot: State): Read[] {
  const event = asTexted(arrived);
  const { message, optOut, quoted, edits } = event;
  const command = parseCommand(message.text);
  // Even if it is about to lapse: the message may be dated by another clock than the decision's.
  const { asking } = hot.conversation;
  const pending = parseCommand(asking?.ask === 'zone' ? asking.pending : asking?.ask === 'meant' ? asking.says : '');
  return [
    ...readsOfOpening(),
    ...readsOfQuoted(quoted),
    ...readsOfQuoted(edits),
    ...readsOfTap(event),
    ...readsOfReminder(event, hot),
    // An answer to the open prompt moves schedules, and runs the command that waited for it.
    ...(asking === null ? [] : readsOfTimezone()),
    ...(pending === null ? [] : readsOfCommand(pending)),
    ...(optOut === 'start' ? readsOfRetry() : []),
    ...(command === null ? [] : readsOfCommand(command)),
  ];
}

export function onMessage(before: State, arrived: Arrival, ctx: Context): Decision {
  const event = asChange(before, arrived);
  const gate = lookAtSender(before, event, ctx);
  const decision = 'decision' in gate ? gate.decision : takeMessage(gate.passes, event, ctx);
  return { ...decision, log: [...logTaken(before, decision.state, event.message), ...decision.log] };
}

function takeMessage(before: State, arrived: Arrival, ctx: Context): Decision {
  const written = { from: arrived.message.from, externalId: arrived.externalId ?? null };
  const known = withSender(withArrived(before, arrived), written, ctx);
  const event = asTexted(arrived);
  const { message } = event;
  const hasWords = message.text !== '';
  const { state, isNews } = noteChange(noteKeys(known, arrived.keys ?? [], ctx.now), event, ctx);
  if (event.isTopic || !isNews || isPastStop(state, event, ctx)) return noEffects(useUp(state, message));
  const late = hasWords ? takeLate(state, event, ctx) : null;
  if (late !== null) return late;
  const open = openAskingOf(state, ctx.now);
  // Another command settles whether the last one was misspelt.
  const asking = open?.ask === 'meant' && parseCommand(message.text) !== null ? null : open;
  const { threads } = state.conversation;
  const conversation = {
    ...state.conversation,
    asking,
    sender: message.to,
    threads: ctx.channelOf(message.from).threads ? threads : { ...threads, here: null },
    answerTo: answerTo(state, written),
    lastInboundId: message.providerId,
  };
  const noted: State = { ...state, conversation };
  if (isOptOut(noted, event)) return recognise(noted, event, ctx).decision;
  const awake = tellLapsed(withoutOptOut(followPerson(noted, ctx), message, ctx), state, ctx);
  const told = event.late && hasWords ? tellLate(awake, message, ctx) : awake;
  return recognise(told, event, ctx).decision;
}

const withArrived = (state: State, { message, files = [] }: Arrival): State => ({
  ...state,
  messages: [...state.messages, message],
  files: [...state.files, ...files],
  ...withoutKept(state, message.providerId),
});

/** The same text may have waited behind a locked address. */
const withoutKept = ({ keptTexts }: State, providerId: string): Partial<State> =>
  keptTexts.length === 0 ? {} : { keptTexts: keptTexts.filter((text) => text.providerId !== providerId) };

/** The decision about a text that is too late to be taken as usual, else null. A waiting text gets its new words anyway. */
function takeLate(state: State, event: Arrival, ctx: Context): Decision | null {
  const isMissed = event.missed === true && !event.optOut;
  if (!isMissed && !(event.late && isOvertaken(state, event))) return null;
  const { message } = event;
  const reading = readMessage(state, message, [], ctx);
  const changed = withNewWords(state, event, reading, ctx);
  if (changed !== null) return noEffects(useUp(changed, message));
  const free = withoutEdited(state, event, reading, ctx);
  return (isMissed ? onMissed : onOvertaken)(free, event, reading.kind === 'text', ctx);
}

/** A text that arrives after texts written later. It goes to the agent: it runs no command and answers no question. */
function onOvertaken(state: State, event: Arrival, isWork: boolean, ctx: Context): Decision {
  const { message, edits } = event;
  if (!isWork) return answerAtOnce(state, message, explainLeftUndone(message, ctx.now), ctx);
  return queueMessage(
    tellLate(state, message, ctx),
    withWritten(state, withEditLine(event), true, ctx),
    ctx,
    edits === undefined ? null : readQuoted(event),
  );
}

/** A person who writes opts in again, unless the carrier itself blocks everything until START. */
const withoutOptOut = (state: State, message: Message, ctx: Context): State =>
  state.conversation.optedOutAt !== null && !ctx.channelOf(message.from).optOutWords ? optIn(state, ctx) : state;
