import { readNumber } from '../../addresses.ts';
import { texts } from '../../texts/index.ts';
import type { Context } from '../state/events.ts';
import { addressesOfPerson, answerAddressOf } from '../state/person.ts';
import type { State } from '../state/state.ts';

// /link gives no codes on a channel that others can read or whose sender can be forged, and merges nothing there. The
// person is told where it works.

/** True if somebody else could write in the person's name on the channel where they last wrote. */
export const mayBeForged = ({ conversation }: State, { channelOf }: Context): boolean =>
  !channelOf(answerAddressOf(conversation)).isSecret;

export const noCodeHere = (state: State, ctx: Context): string =>
  texts.links.notSecret(nameHere(state, ctx), waysOf(state, ctx));

export const noJoinHere = (state: State, ctx: Context): string =>
  texts.links.notFrom(nameHere(state, ctx), waysOf(state, ctx));

const nameHere = ({ conversation }: State, { channelOf }: Context): string =>
  channelOf(answerAddressOf(conversation)).name;

/** Channels on which the person is known, and others that know them by their number. */
function waysOf(state: State, { channelOf, policy }: Context): { channel: string; isNew: boolean }[] {
  const known = addressesOfPerson(state).map(channelOf);
  const hasNumber = readNumber(answerAddressOf(state.conversation)) !== null;
  const others = (policy.senders ?? []).map(channelOf).filter(({ identity }) => hasNumber && identity === 'number');
  const names = (all: typeof known): string[] => all.filter(({ isSecret }) => isSecret).map(({ name }) => name);
  return [...new Set([...names(known), ...names(others)])].map((channel) => ({
    channel,
    isNew: !names(known).includes(channel),
  }));
}
