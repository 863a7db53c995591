import type { Command, Reading } from '../../input/command.ts';
import { readFilesRequest } from '../../input/files-command.ts';
import { type MachineCommand, readMachineCommand } from '../../input/machine-command.ts';
import { texts } from '../../texts/index.ts';
import { onCommand } from '../commands/dispatch.ts';
import { planUndo } from '../commands/sessions.ts';
import { andThen } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import type { Message } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { answerAtOnce, queueMessage, useUp } from './queue-message.ts';
import { readQuoted } from './quoted-message.ts';

// A message that is a command: the relay carries it out at once, or queues it because the machine has to act.

type Arrival = Extract<Event, { type: 'message' }>;

/** The action that the machine performs in a turn of its own (/compact, /undo …), or null. */
export function machineActionOf(
  state: State,
  message: Message,
  reading: Reading,
): (MachineCommand & { state: State }) | null {
  if (reading.kind === 'action') return { ...reading.asked, state };
  if (reading.kind !== 'command' || reading.command.name !== 'undo') return null;
  const undo = planUndo(state, message);
  // The person gets a refusal as the answer to the command.
  return 'refusal' in undo ? null : { action: 'undo', text: undo.uuid, state: undo.state };
}

/** Consumes the message before the command runs, so that it can't start a turn. Words after the command are queued. */
export function runCommand(state: State, event: Arrival, said: Command, ctx: Context): Decision {
  const { message, secret } = event;
  const command = secret === undefined ? said : { ...said, rest: secret };
  if (command.name === 'files') return askForFiles(state, message, command.rest, ctx);
  const decision = onCommand(useUp(state, message), command, ctx);
  const rest = messageAfter(command);
  if (rest === null) return decision;
  return andThen(decision, (done) => {
    const back = setMessages(done, (m) => m.seq === message.seq, { state: 'waiting' });
    return queueMessage(back, { ...message, ...rest, state: 'waiting' }, ctx, readQuoted(event));
  });
}

/** The words after a command that belong to a turn: "/stop", "/new" and "/deep" take a text, "/btw" a side question. */
function messageAfter({ name, rest }: Command): Pick<Message, 'text' | 'action'> | null {
  if (rest === '') return null;
  if (name === 'btw') return { text: rest, action: 'aside' };
  const goesOn = name === 'stop' || name === 'new' || name === 'deep';
  return goesOn ? (readMachineCommand(rest) ?? { text: rest, action: null }) : null;
}

/** /files: the machine lists or sends files, in a turn of its own. */
function askForFiles(state: State, message: Message, rest: string, ctx: Context): Decision {
  const wish = readFilesRequest(rest);
  if (wish.kind !== 'ask') return answerAtOnce(state, message, texts.files[wish.kind], ctx);
  const { action, text } = wish;
  const asked = setMessages(state, (m) => m.seq === message.seq, { action, text });
  return queueMessage(asked, { ...message, action, text }, ctx);
}
