import { type Command, parseCommand } from '../../input/command.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { enqueue } from '../outbox/replies.ts';
import { ASK_RETRY_MS, ASK_TRIES_MAX } from '../policy/schedules.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect } from '../state/events.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';

// Asks the homes of a schedule's other recipients whether they may text Roost, until all have answered. The timer keeps
// the command, which then runs again.

type Asked = Pick<Timer, 'ref' | 'attempts'> & { addresses: readonly string[] };

/** `addresses`: of the other recipients. */
export function askRecipients(
  state: State,
  { name, rest }: Command,
  addresses: readonly string[],
  ctx: Context,
): Decision {
  const ref = `${addresses.join(',')} ${ctx.id()} /${name} ${rest}`;
  return ask(state, { ref, addresses, attempts: 0 }, ctx);
}

/** The timer is due: not every home has answered. */
export function askRecipientsAgain(state: State, { kind, ref, attempts }: Timer, ctx: Context): Decision {
  const settled = withoutTimer(state, kind, ref);
  if (attempts < ASK_TRIES_MAX) return ask(settled, { ref, addresses: addressesOfAsk(ref), attempts }, ctx);
  return noEffects(enqueue(settled, 'notice', [texts.scheduleAnswers.othersUnknown], ctx));
}

function ask(state: State, { ref, addresses, attempts }: Asked, ctx: Context): Decision {
  const dueAt = ctx.now + backoffOf(ASK_RETRY_MS, attempts);
  const effects: Effect[] = [{ do: 'ask-recipients', ref, addresses }];
  const timer = { kind: 'recipients', ref, dueAt, attempts: attempts + 1 } as const;
  return { state: withTimer(state, timer), effects, log: [] };
}

export const isAsked = (state: State, ref: string): boolean =>
  state.timers.some((timer) => timer.kind === 'recipients' && timer.ref === ref);

const addressesOfAsk = (ref: string): string[] => ref.slice(0, ref.indexOf(' ')).split(',');

/** The command that a timer's ref keeps. */
export const commandOfAsk = (ref: string): Command | null => parseCommand(ref.slice(ref.indexOf(' /') + 1));
