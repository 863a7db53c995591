import { isSameAddress, schemeOf } from '../../addresses.ts';
import type { Context } from '../state/events.ts';
import { isDoubtful } from '../state/heard.ts';
import { addressesOfPerson, answerAddressOf, findAddress } from '../state/person.ts';
import type { Message, Reply } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import type { Window } from '../state/window.ts';

// Between which addresses a reply leaves: the answer of a turn to where its newest text came from, what nobody waits for
// to where the person chose, and everything else to where they last wrote. moving.ts finds another way when that one is
// closed.

/** Our address and the person's. */
export type Ends = Pick<Reply, 'from' | 'to'>;

type About = Pick<Reply, 'turn' | 'kind' | 'schedule'> & Partial<Pick<Reply, 'run' | 'owner'>> & { isNews?: boolean };
type Now = Pick<Context, 'now' | 'channelOf'>;

export const windowOf = (state: State, sender: string): Window | undefined =>
  state.windows.find((w) => w.sender === sender);

/** True if free text may leave from `sender` now. An address that nobody wrote to yet is tried. */
export function isWindowOpen(state: State, sender: string, { now, channelOf }: Now): boolean {
  const window = windowOf(state, sender);
  const { windowMs } = channelOf(sender);
  if (!window) return true;
  return window.refusedAt === null && (windowMs === null || now - window.lastInboundAt < windowMs);
}

/** The ends between which the person last wrote. */
export const newestEndsOf = ({ conversation }: State): Ends => ({
  from: conversation.sender,
  to: answerAddressOf(conversation),
});

/** The ends of this turn's answer. The answer of a schedule's run goes where schedules go. */
export function endsOfAnswer(state: State, turn: string | null, now: number): Ends {
  const run = state.turns.find(({ id }) => id === turn)?.run ?? null;
  return endsOf(state, { turn, kind: 'answer', schedule: null, run }, now);
}

export function endsOf(state: State, about: About, now: number): Ends {
  const chosen = isUnasked(about) ? findChosenEnds(state, now) : null;
  return chosen ?? findEndsOfTurn(state, about.turn, now) ?? newestEndsOf(state);
}

/** True for what nobody waits for. */
const isUnasked = ({ kind, schedule, run = null, owner = null, isNews = false }: About): boolean =>
  isNews || kind === 'reminder' || kind === 'alert' || schedule !== null || run !== null || owner !== null;

/** Of the channel that the person chose with /reach; null without a choice, or if they can't be reached there. */
function findChosenEnds(state: State, now: number): Ends | null {
  const { reach } = state.conversation;
  return reach === null ? null : (findEndsOn(state, reach, now) ?? null);
}

/** Of a channel: the person's address there that they wrote from last, as far as that is known. */
export function findEndsOn(state: State, scheme: string, now: number): Ends | undefined {
  const newest = answerAddressOf(state.conversation);
  const all = addressesOfPerson(state).filter((address) => schemeOf(address) === scheme);
  const here = all.filter((address) => isSameAddress(address, newest));
  return [...here, ...all].flatMap((address) => endsAt(state, address, now) ?? []).at(0);
}

function findEndsOfTurn(state: State, turn: string | null, now: number): Ends | null {
  const last = turn === null ? undefined : textsOfTurn(state, turn).at(-1);
  const newest = answerAddressOf(state.conversation);
  if (last === undefined || isOnePhone(state, last.from, newest) || !isFree(state, last.from, now)) return null;
  return { from: last.to, to: last.from };
}

/** The person's own texts in the turn, oldest first. */
export const textsOfTurn = ({ messages }: State, turn: string): Message[] =>
  messages.filter((m) => m.turn === turn && m.run === null && !m.providerId.startsWith('own/'));

/** The other ends from which texts came that this answer is for, where it would be missed. */
export function findOtherEnds(state: State, turn: string, uuids: readonly string[], ctx: Now): Ends[] {
  const { to: answered } = endsOfAnswer(state, turn, ctx.now);
  const heard = textsOfTurn(state, turn).filter((m) => uuids.includes(m.uuid) && !isOnePhone(state, m.from, answered));
  const open = heard.filter((m) => isFree(state, m.from, ctx.now) && isWindowOpen(state, m.to, ctx));
  return open
    .filter((m, n) => !open.slice(n + 1).some((later) => isSameAddress(later.from, m.from)))
    .map(({ from, to }) => ({ from: to, to: from }));
}

/** The same address, or a number and the external id of its account. */
const isOnePhone = (state: State, one: string, other: string): boolean =>
  isSameAddress(one, other) ||
  findAddress(state, one)?.externalId === other ||
  findAddress(state, other)?.externalId === one;

/** Null if nothing can be sent there: the address isn't surely the person's, or they never wrote on that channel. */
export function endsAt(state: State, address: string, now: number): Ends | null {
  const from = senderFor(state, address);
  return from !== null && isFree(state, address, now) ? { from, to: address } : null;
}

/** The one of our addresses on that channel to which the person last wrote. */
function senderFor({ conversation, windows }: State, address: string): string | null {
  const isThere = (sender: string): boolean => schemeOf(sender) === schemeOf(address);
  if (isThere(conversation.sender)) return conversation.sender;
  const known = windows.filter((w) => isThere(w.sender)).sort((a, b) => b.lastInboundAt - a.lastInboundAt);
  return known[0]?.sender ?? null;
}

/** The person's own, and neither locked nor silent for so long that somebody else may have it. */
function isFree(state: State, address: string, now: number): boolean {
  const row = findAddress(state, address);
  const isTheirs = addressesOfPerson(state).some((each) => isSameAddress(each, address)) && row?.state !== 'claimed';
  return isTheirs && (row?.lockedBy ?? null) === null && !isDoubtful(state, address, now);
}
