import { readNumber } from '../../addresses.ts';
import { texts } from '../../texts/index.ts';
import type { Way } from '../../texts/phrasing.ts';
import type { Context } from '../state/events.ts';
import { addressesOfPerson, answerAddressOf } from '../state/person.ts';
import type { State } from '../state/state.ts';

// On a channel that others can read or whose sender can be forged, nobody gets a code or rights, and /link links nothing.
// The person is told where it works.

/** True if somebody else could write in the person's name on the channel where they last wrote. */
export const mayBeForged = ({ conversation }: State, { channelOf }: Context): boolean =>
  !channelOf(answerAddressOf(conversation)).isSecret;

export const noCodeHere = (state: State, ctx: Context): string =>
  texts.links.notSecret(nameHere(state, ctx), waysOf(state, ctx));

export const noJoinHere = (state: State, ctx: Context): string =>
  texts.links.notFrom(nameHere(state, ctx), waysOf(state, ctx));

/** To an admin who wants to give somebody rights. */
export const noRightsHere = (state: State, ctx: Context): string =>
  texts.access.rightsElsewhere(nameHere(state, ctx), waysOf(state, ctx));

/** As noJoinHere, for an address without a conversation. */
export const noLinkFrom = (address: string, senders: readonly string[], channelOf: Context['channelOf']): string =>
  texts.links.notFrom(channelOf(address).name, findWays([], address, senders.map(channelOf)));

const nameHere = ({ conversation }: State, { channelOf }: Context): string =>
  channelOf(answerAddressOf(conversation)).name;

const waysOf = (state: State, { channelOf, policy }: Context): Way[] =>
  findWays(
    addressesOfPerson(state).map(channelOf),
    answerAddressOf(state.conversation),
    (policy.senders ?? []).map(channelOf),
  );

type Channels = readonly Pick<ReturnType<Context['channelOf']>, 'name' | 'identity' | 'isSecret'>[];

/** Channels on which the person is known, and those of ours that know them by the number from which they write. */
function findWays(known: Channels, from: string, ours: Channels): Way[] {
  const others = ours.filter(({ identity }) => readNumber(from) !== null && identity === 'number');
  const names = (all: Channels): string[] => all.filter(({ isSecret }) => isSecret).map(({ name }) => name);
  return [...new Set([...names(known), ...names(others)])].map((channel) => ({
    channel,
    isNew: !names(known).includes(channel),
  }));
}
