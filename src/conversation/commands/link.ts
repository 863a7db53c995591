import { isSameAddress } from '../../addresses.ts';
import { wordsOfJoin } from '../../input/access-command.ts';
import { readLinkCode } from '../../input/link-code.ts';
import { texts } from '../../texts/index.ts';
import { maskAddress } from '../access/change.ts';
import { findUnlinkable, letGo } from '../access/links.ts';
import { giveUp } from '../access/merge.ts';
import { callOff } from '../access/merge-stays.ts';
import { PIN_FORM, withPin } from '../access/pin.ts';
import { mayBeForged, noCodeHere, noJoinHere } from '../access/secret-ways.ts';
import { askDirectory } from '../access/wishes.ts';
import { enqueue, sendWordButtons } from '../outbox/replies.ts';
import { askUnlink, type Chosen, withAsking } from '../questions/own-prompts.ts';
import { accessOf } from '../state/access.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { addressesOfPerson } from '../state/person.ts';
import type { State } from '../state/state.ts';

// /link: a code that makes another address the person's, or the code of another person, whose conversation and this one
// become one. /link off calls that off. /unlink takes an address away.

const said = texts.links;

/** `/link`, or `/link K7QA-2MDB`, each with the PIN where one is set: `/link 4821`. `/link off`. */
export function onLink(state: State, rest: string, ctx: Context): Decision {
  if (rest.trim().toLowerCase() === 'off') return callMergeOff(state, ctx);
  const { code, pin } = readCodeAndPin(rest);
  if (code !== null) return useCode(state, code, pin, ctx);
  if (mayBeForged(state, ctx)) return say(state, noCodeHere(state, ctx), ctx);
  const hasPin = accessOf(state).pin !== null;
  if (rest.trim() !== '' && !(hasPin && PIN_FORM.test(rest.trim()))) return say(state, texts.access.use.link, ctx);
  if (!hasPin) return askDirectory(state, 'link', '', ctx);
  if (rest.trim() === '') return say(state, said.pin, ctx);
  return askWithPin(state, rest.trim(), '', ctx);
}

/** The words go to the directory if the PIN is right. */
const askWithPin = (state: State, pin: string, words: string, ctx: Context): Decision =>
  withPin(state, { pin, admin: said.adminFirst }, ctx, (next) => askDirectory(next, 'link', words, ctx));

/** `K7QA-2MDB 4821`: a code, and after it the PIN. */
function readCodeAndPin(rest: string): { code: string | null; pin: string } {
  const code = readLinkCode(rest);
  if (code !== null) return { code, pin: '' };
  const [, first = '', pin = ''] = /^\s*([a-z\d]{4}[ -]?[a-z\d]{4})\s+(\S{1,40})\s*$/i.exec(rest.slice(0, 80)) ?? [];
  return { code: PIN_FORM.test(pin) ? readLinkCode(first) : null, pin };
}

/** The code of another person: this conversation would go, or get that person's rights, so it has to be the person. */
function useCode(state: State, code: string, pin: string, ctx: Context): Decision {
  if (mayBeForged(state, ctx)) return say(state, noJoinHere(state, ctx), ctx);
  if (accessOf(state).pin === null) return askDirectory(state, 'link', code, ctx);
  return pin === '' ? say(state, texts.merging.pin, ctx) : askWithPin(state, pin, code, ctx);
}

/** The person was asked whether two conversations become one. */
export function answerJoin(before: State, chosen: Extract<Chosen, { ask: 'join' }>, ctx: Context): Decision {
  const state = withAsking(before, null);
  const { code, how: agreed } = chosen;
  if (!chosen.joins) return say(state, agreed === 'merge' ? texts.merging.not : texts.links.notLinked, ctx);
  if (mayBeForged(state, ctx)) return say(state, noJoinHere(state, ctx), ctx);
  return askDirectory(state, 'link', wordsOfJoin(code, agreed), ctx);
}

function callMergeOff(state: State, ctx: Context): Decision {
  const { merging } = state.conversation;
  if (merging === null || merging.step === 'done' || merging.step === 'settled')
    return say(state, texts.merging.notOn, ctx);
  const isEarly = merging.step === 'wait' || (merging.role === 'stays' && merging.step === 'expected');
  if (!isEarly) return say(state, texts.merging.tooLate, ctx);
  return merging.role === 'goes'
    ? giveUp(state, merging, texts.merging.isOff, ctx)
    : noEffects(callOff(state, merging.op, ctx));
}

/** The most addresses that are offered at a time. */
const OFFERED = 10;

/**
 * `/unlink` shows a choice; `/unlink Telegram …4815` and `/unlink 4815` ask about one. With a PIN set it follows, because
 * somebody with the person's phone could take away the chats from which they can lock it: `/unlink 4815 4821`.
 */
export function onUnlink(state: State, rest: string, ctx: Context): Decision {
  const mask = (address: string): string => maskAddress(address, ctx.channelOf);
  if (rest === '') return offerUnlink(state, mask, ctx);
  const hasPin = accessOf(state).pin !== null;
  const find = (words: string): string[] => findMeant(findUnlinkable(state), words, mask);
  const end = rest.lastIndexOf(' ');
  const endsWithPin = hasPin && end > 0 && PIN_FORM.test(rest.slice(end + 1)) && find(rest).length === 0;
  const [words, pin] = endsWithPin ? [rest.slice(0, end), rest.slice(end + 1)] : [rest, ''];
  const [first, second] = find(words);
  if (first === undefined) {
    if (findMeant(addressesOfPerson(state), words, mask).length > 0) return say(state, said.first, ctx);
    // The words could be the PIN, which gets into no row.
    return hasPin ? offerUnlink(state, mask, ctx) : say(state, said.noSuch(rest.slice(0, 60)), ctx);
  }
  if (second !== undefined) return say(state, said.several, ctx);
  const ask = (next: State): Decision => noEffects(askUnlink(next, first, said.unlinkSure(mask(first)), ctx));
  if (!hasPin) return ask(state);
  if (pin === '') return say(state, said.unlinkPin(mask(first)), ctx);
  return withPin(state, { pin, admin: said.unlinkAdmin }, ctx, ask);
}

function offerUnlink(state: State, mask: (address: string) => string, ctx: Context): Decision {
  const all = findUnlinkable(state);
  if (all.length === 0) return say(state, said.none, ctx);
  const buttons = all.slice(0, OFFERED).map((each) => ({ title: mask(each), says: `/unlink ${mask(each)}` }));
  const plain = said.whichWords(buttons.map(({ title }) => title));
  return noEffects(sendWordButtons(state, { text: said.which, plain, buttons, opens: said.unlinkYes }, ctx));
}

/** The addresses that the words name: as they are shown, or by their last digits. */
function findMeant(all: readonly string[], words: string, mask: (address: string) => string): string[] {
  const wanted = plainWords(words);
  return all.filter(
    (address) => wanted === plainWords(mask(address)) || (wanted.length >= 4 && plainWords(address).endsWith(wanted)),
  );
}

/** Letters and digits only, in lower case. */
const plainWords = (words: string): string =>
  words
    .slice(0, 160)
    .toLowerCase()
    .replace(/[^a-z\d]/g, '');

export function answerUnlink(before: State, chosen: Extract<Chosen, { ask: 'unlink' }>, ctx: Context): Decision {
  const state = withAsking(before, null);
  if (!chosen.unlinks) return say(state, said.kept, ctx);
  const address = findUnlinkable(state).find((each) => isSameAddress(each, chosen.address));
  return address === undefined ? say(state, said.none, ctx) : noEffects(letGo(state, address, ctx));
}

const say = (state: State, text: string, ctx: Context): Decision => noEffects(enqueue(state, 'notice', [text], ctx));
