import { isSameAddress, isSamePerson, readNumber } from '../../addresses.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { newestEndsOf } from '../outbox/ends.ts';
import { enqueue } from '../outbox/replies.ts';
import { openWindow } from '../outbox/service-window.ts';
import { LEAD_RETRY_MS } from '../policy/persons.ts';
import type { Address, LinkEvent } from '../state/address.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { withHeard } from '../state/heard.ts';
import { answerAddressOf, findAddress, isOfPerson, newAddress } from '../state/person.ts';
import type { Message } from '../state/rows.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';
import { answerTo, furtherAddressesOf, withAddress, withoutAddress } from './addresses.ts';
import { maskAddress } from './change.ts';

// Addresses that the person links with a code, and takes away again. A `let-go` timer stands for the calls to the
// objects of an address that is taken away.

const said = texts.links;

/** The address's object leads here, and the address is the person's from now on. Both chats hear of it; answers go to the new one from now on. */
function onLinked(state: State, message: Message, ctx: Context): State {
  const { conversation } = state;
  const before = { from: conversation.sender, to: answerAddressOf(conversation) };
  const row: Address = { ...newAddress(message.from, 'code', ctx.now), state: 'bound' };
  const bound = isOfPerson(state, message.from) ? state : withAddress(state, row);
  const known: State = { ...bound, messages: [...bound.messages, { ...message, state: 'consumed', turn: null }] };
  const told = enqueue(known, 'notice', [said.linked(maskAddress(message.from, ctx.channelOf))], ctx, before);
  const moved: State = {
    ...told,
    conversation: {
      ...told.conversation,
      sender: message.to,
      answerTo: answerTo(told, { from: message.from }),
      lastInboundId: message.providerId,
    },
  };
  const heard = withHeard(moved, message.from, ctx.now);
  return openWindow(enqueue(heard, 'notice', [said.isYou], ctx), state, message, ctx);
}

/** The address, and the person's others that would bring it back: its external id, and its number on other channels. */
export function findBelonging(state: State, address: string): string[] {
  const number = readNumber(address);
  const all = furtherAddressesOf(state).filter((each) => {
    const other = readNumber(each);
    return isSameAddress(each, address) || (number !== null && other !== null && isSamePerson(number, other));
  });
  const ids = all.map((each) => findAddress(state, each)?.externalId ?? null).filter((id) => id !== null);
  return [...new Set([...all, ...ids])];
}

/** The addresses that the person can take away, each once. */
export function findUnlinkable(state: State): string[] {
  const first = readNumber(state.conversation.address);
  const ids = state.addresses.map(({ externalId }) => externalId);
  const isFirst = (address: string): boolean => {
    const number = readNumber(address);
    return first !== null && number !== null && isSamePerson(first, number);
  };
  return furtherAddressesOf(state).filter((address) => !ids.includes(address) && !isFirst(address));
}

/** Takes the address away once its object no longer leads here. The call follows from the timer. */
export const letGo = (state: State, address: string, ctx: Context): State =>
  withLettingGo(state, `${ctx.id()} ${address}`, 0, ctx.now);

const withLettingGo = (state: State, ref: string, attempts: number, now: number): State =>
  withTimer(state, { kind: 'let-go', ref, dueAt: now + backoffOf(LEAD_RETRY_MS, attempts), attempts });

/** Nobody has answered the call. `state` is without the timer. */
export const letGoAgain = (state: State, { ref, attempts }: Timer, now: number): State =>
  withLettingGo(state, ref, attempts + 1, now);

/** The address in the ref of a `let-go` timer. */
export const addressOfRef = (ref: string): string => ref.slice(ref.indexOf(' ') + 1);

export const onLinkEvent = (state: State, event: LinkEvent, ctx: Context): Decision =>
  event.type === 'linked' ? noEffects(onLinked(state, event.message, ctx)) : onUnlinked(state, event, ctx);

/** The person hears of it where they write now, and once more in the chat that they wrote from. */
function onUnlinked(
  state: State,
  { ref, addresses }: Extract<LinkEvent, { type: 'unlinked' }>,
  ctx: Context,
): Decision {
  if (!state.timers.some((timer) => timer.kind === 'let-go' && timer.ref === ref)) return noEffects(state);
  const before = newestEndsOf(state);
  const gone = addresses.reduce(withoutAddress, withoutTimer(state, 'let-go', ref));
  const { to } = newestEndsOf(gone);
  const told = enqueue(gone, 'notice', [said.unlinked(maskAddress(addressOfRef(ref), ctx.channelOf))], ctx);
  if (isSameAddress(to, before.to)) return noEffects(told);
  const text = said.unlinkedHere(maskAddress(to, ctx.channelOf));
  return { state: told, effects: [{ do: 'say-last', id: ctx.id(), ...before, text }], log: [] };
}
