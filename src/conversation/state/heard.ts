import { isSameAddress } from '../../addresses.ts';
import { SILENT_MS_MAX } from '../policy/access.ts';
import { accessOf, withAccess } from './access.ts';
import { answerAddressOf, findAddress, isOfPerson } from './person.ts';
import type { State } from './state.ts';

// When the person was last heard of, and from which address: a number that was silent for long may be somebody else's.

type Home = Pick<State, 'conversation' | 'addresses' | 'windows'>;

/** True if the person hasn't written for SILENT_MS_MAX. Somebody who never wrote isn't silent. */
export const isPersonSilent = ({ windows }: Pick<State, 'windows'>, now: number): boolean =>
  windows.length > 0 && windows.every((w) => now - w.lastInboundAt > SILENT_MS_MAX);

/** An address of which nothing is known counts from its binding, or as the person. */
function isAddressSilent(state: Home, address: string, now: number): boolean {
  const heard = Object.entries(accessOf(state).heard ?? {}).find(([known]) => isSameAddress(known, address))?.[1];
  const since = heard ?? findAddress(state, address)?.boundAt;
  return since === undefined ? isPersonSilent(state, now) : now - since > SILENT_MS_MAX;
}

/** Whether only a PIN shows that this address, of somebody with a PIN, is still theirs. */
export const isDoubtful = (state: Home, address: string, now: number): boolean =>
  accessOf(state).pin !== null && isAddressSilent(state, address, now);

/** Whether what is sent unasked would reach such an address. */
export const isAnswerDoubtful = (state: Home, now: number): boolean =>
  isDoubtful(state, answerAddressOf(state.conversation), now);

/** The person has written from this address, or shown that it is theirs. Addresses that aren't theirs are forgotten. */
export function withHeard(state: State, address: string, at: number): State {
  const all = Object.entries(accessOf(state).heard ?? {});
  const others = all.filter(([known]) => !isSameAddress(known, address) && isOfPerson(state, known));
  // An older text may arrive late.
  const before = all.filter(([known]) => isSameAddress(known, address)).map(([, time]) => time);
  return withAccess(state, { heard: { ...Object.fromEntries(others), [address]: Math.max(at, ...before) } });
}
