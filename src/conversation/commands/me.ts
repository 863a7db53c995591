import { readNumber } from '../../addresses.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { linesNow } from '../spending/limits.ts';
import { accessOf } from '../state/access.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { addressesOfPerson, answerAddressOf, isLocked, readersOf } from '../state/person.ts';
import { roleOf } from '../state/standing.ts';
import { activeProjectOf, type State } from '../state/state.ts';

// /me: who the person is here. Shows their own addresses and nobody else's.

export const onMe = (state: State, ctx: Context): Decision =>
  noEffects(
    sendNotice(
      state,
      texts.persons.me({
        name: accessOf(state).name,
        readers: readersOf(state, ctx),
        role: roleOf(state, ctx),
        addresses: addressesOfPerson(state).map((address) => describe(state, address, ctx)),
        limits: limitsOf(state, ctx),
        hasBold: ctx.channelOf(answerAddressOf(state.conversation)).markup !== 'plain',
      }),
      ctx,
    ),
  );

const describe = (state: State, address: string, { channelOf }: Context) => ({
  channel: channelOf(address).name,
  number: readNumber(address),
  isLocked: isLocked(state, address),
});

/** What the person may not exceed, in words, one line each. */
const limitsOf = (state: State, ctx: Context): string[] =>
  linesNow(state, { turn: null, project: activeProjectOf(state).id }, ctx).map(texts.persons.limit);
