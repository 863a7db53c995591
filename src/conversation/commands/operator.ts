import { texts } from '../../texts/index.ts';
import { withPin } from '../access/pin.ts';
import { askDirectory } from '../access/wishes.ts';
import { enqueue } from '../outbox/replies.ts';
import { accessOf } from '../state/access.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { answerAddressOf } from '../state/person.ts';
import type { State } from '../state/state.ts';

// /operator, and /operator PIN where the person has set one: a link that logs an admin in to the operator's page.
// /operator off ends their logins.

const said = texts.access;

export function onOperator(state: State, rest: string, ctx: Context): Decision {
  const say = (next: State, text: string): Decision => noEffects(enqueue(next, 'notice', [text], ctx));
  if (rest.toLowerCase() === 'off') return askDirectory(state, 'operator', 'off', ctx);
  const { isSecret, name } = ctx.channelOf(answerAddressOf(state.conversation));
  if (!isSecret) return say(state, said.operatorElsewhere(name));
  if (accessOf(state).pin === null) {
    return rest === '' ? askDirectory(state, 'operator', '', ctx) : say(state, said.use.operator);
  }
  if (rest === '') return say(state, said.operatorPin);
  return withPin(state, { pin: rest, admin: said.operatorAdmin }, ctx, (next) =>
    askDirectory(next, 'operator', '', ctx),
  );
}
