import { isExternalAddress, isSameAddress, numberOf, schemeOf } from '../../addresses.ts';
import type { Address, BoundHow } from './address.ts';
import type { Context } from './events.ts';
import type { ConversationRow } from './rows.ts';
import type { State } from './state.ts';

// The addresses of a conversation's person.

export const newAddress = (address: string, how: BoundHow, now: number): Address => ({
  address,
  externalId: null,
  state: 'bound',
  how,
  boundAt: now,
  lockedBy: null,
  told: null,
});

type People = Pick<State, 'conversation' | 'addresses'>;

/** The row of this address; undefined if there is none. */
export const findAddress = ({ addresses }: Pick<State, 'addresses'>, address: string): Address | undefined =>
  addresses.find((row) => isSameAddress(row.address, address));

/** Whether the address is this person's. */
export const isOfPerson = (state: People, address: string): boolean =>
  isSameAddress(state.conversation.address, address) || findAddress(state, address) !== undefined;

/** All addresses of the person, the one under which the conversation began first. */
export const addressesOfPerson = ({ conversation, addresses }: People): string[] => [
  conversation.address,
  ...addresses.map(({ address }) => address).filter((address) => !isSameAddress(address, conversation.address)),
];

/** Their phone numbers (E.164), without those that lead to somebody else. */
export const numbersOf = (state: People): string[] => [
  ...new Set(
    addressesOfPerson(state)
      .filter((address) => !isExternalAddress(address) && (findAddress(state, address)?.state ?? 'bound') === 'bound')
      .map(numberOf),
  ),
];

/** The name on the configuration's lists that an address has: its number, or the address where it has none. */
export const listedNameOf = (address: string): string => (isExternalAddress(address) ? address : numberOf(address));

/** The person's names on the configuration's lists: their numbers, and addresses on channels without numbers. */
export const listedNamesOf = (state: People): string[] => [
  ...numbersOf(state),
  ...addressesOfPerson(state).filter(
    (address) => isExternalAddress(address) && (findAddress(state, address)?.state ?? 'bound') === 'bound',
  ),
];

/** The number that tells the person's country; without any number the address stands for itself. */
export const numberOfPerson = (state: People): string => numbersOf(state)[0] ?? numberOf(state.conversation.address);

/** The address that replies go to. */
export const answerAddressOf = ({ address, answerTo }: Pick<ConversationRow, 'address' | 'answerTo'>): string =>
  answerTo ?? address;

export const isLocked = (state: Pick<State, 'addresses'>, address: string): boolean =>
  (findAddress(state, address)?.lockedBy ?? null) !== null;

/** Facts that decide who can read the conversation. */
export const readersOf = (
  state: People,
  { policy: { isMachineShared = false, simulated = [] }, channelOf }: Pick<Context, 'policy' | 'channelOf'>,
) => ({
  carriers: [...new Set(addressesOfPerson(state).flatMap((address) => channelOf(address).carriers))],
  isMachineShared,
  isSimulated: addressesOfPerson(state).every((address) => simulated.includes(schemeOf(address))),
});
