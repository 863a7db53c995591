import { schemeOf } from '../../addresses.ts';
import { texts } from '../../texts/index.ts';
import { findEndsOn } from '../outbox/ends.ts';
import { sendNotice } from '../outbox/replies.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { addressesOfPerson, answerAddressOf } from '../state/person.ts';
import type { State } from '../state/state.ts';

// /reach: the channel for what nobody waits for. outbox/ends.ts goes by it.

const said = texts.reach;

export function onReach(state: State, rest: string, ctx: Context): Decision {
  const say = (text: string, next = state): Decision => noEffects(sendNotice(next, text, ctx));
  const nameOf = (address: string): string => ctx.channelOf(address).name;
  const newest = nameOf(answerAddressOf(state.conversation));
  const open = addressesOfPerson(state).filter((each) => findEndsOn(state, schemeOf(each), ctx.now) !== undefined);
  const channels = [...new Set(open.map(nameOf))];
  const wish = rest.toLowerCase().replace(/[.!]+$/, '');
  if (wish === '') {
    const chosen = open.find((address) => schemeOf(address) === state.conversation.reach);
    return say(said.shows({ channels, newest, chosen: chosen === undefined ? null : nameOf(chosen) }));
  }
  if (wish === 'auto') return say(said.auto(newest), withReach(state, null));
  const meant = open.find((address) => [schemeOf(address), nameOf(address).toLowerCase()].includes(wish));
  if (meant !== undefined) return say(said.chosen(nameOf(meant)), withReach(state, schemeOf(meant)));
  return say(
    /^[a-z]{2,20}$/.test(wish) ? said.notThere(ctx.channelOf(`${wish}:0`).name, channels) : said.use(channels),
  );
}

const withReach = (state: State, reach: string | null): State => ({
  ...state,
  conversation: { ...state.conversation, reach },
});
