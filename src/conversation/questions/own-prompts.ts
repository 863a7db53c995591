import type { Checks } from '../../git/checks.ts';
import type { GitPermission } from '../../git/permissions.ts';
import type { PullRequest } from '../../git/pull-request.ts';
import type { JoinHow } from '../../input/access-command.ts';
import { readConsent, withoutPoliteness } from '../../input/consent.ts';
import { withoutEnd } from '../../protocol/linear-text.ts';
import { readZone, zonesOfNumber } from '../../recurrence/zones.ts';
import { texts } from '../../texts/index.ts';
import { FORGET_WORD } from '../../texts/privacy.ts';
import { cityOf } from '../../texts/zones.ts';
import { enqueue, sendWordButtons } from '../outbox/replies.ts';
import { FORGET_WORD_MS } from '../policy/privacy.ts';
import { ASKED_FOR_MS } from '../policy/questions.ts';
import type { Asking } from '../state/asking.ts';
import { askedChoiceIdOf, readAskedChoice } from '../state/choices.ts';
import type { Context, Event } from '../state/events.ts';
import type { Offer } from '../state/offer.ts';
import { numberOfPerson } from '../state/person.ts';
import { findOpenQuestions } from '../state/questions.ts';
import { findQuotedReply } from '../state/quoted-reply.ts';
import type { State } from '../state/state.ts';

// Own prompts: questions that Roost itself asks, one at a time. Asks them and reads the answer from a message. A prompt
// stays with the conversation for a day; other texts work as usual meanwhile.

type Arrival = Extract<Event, { type: 'message' }>;

/** The carrier's lists have this many items. */
const ZONES_OFFERED = 10;

/** The open prompt, or null. */
export function openAskingOf(state: State, now: number): Asking | null {
  const { asking } = state.conversation;
  return asking !== null && now - asking.at < ASKED_FOR_MS ? asking : null;
}

/** Tells the person that a command wasn't carried out, because they named no time zone in time. */
export function tellLapsed(state: State, before: State, ctx: Context): State {
  const { asking } = before.conversation;
  const isLapsed = asking?.ask === 'zone' && openAskingOf(before, ctx.now) === null;
  return isLapsed ? enqueue(state, 'notice', [texts.zones.notDone(asking.pending)], ctx) : state;
}

/** The person has texted the agent, so a later “yes” or number may be for the agent instead of the prompt. */
export function markPassed(state: State, now: number): State {
  const asking = openAskingOf(state, now);
  return asking === null || isUnseen(state, asking) ? state : withAsking(state, { ...asking, passed: true });
}

export const withAsking = (state: State, asking: Asking | null): State => ({
  ...state,
  conversation: { ...state.conversation, asking },
});

/** Asks for the time zone. `pending`: the command to run once the zone is known. */
export function askZone(state: State, pending: string, ctx: Context): State {
  const open = openAskingOf(state, ctx.now);
  const isAsked = open?.ask === 'zone';
  // The prompt that is on its way covers this command as well.
  if (isAsked && isUnseen(state, open)) return withAsking(state, { ...open, pending });
  const zones = zonesOfNumber(numberOfPerson(state)).slice(0, ZONES_OFFERED);
  const replaced = isAsked && open.pending !== pending ? `${texts.zones.onlyNewest}\n\n` : '';
  const text = `${replaced}${texts.zones.which(zones.length > 0)}`;
  const plain = zones.length === 0 ? text : `${text}\n\n${texts.zones.numbered(zones)}`;
  const asking: Asking = { ask: 'zone', id: ctx.id(), at: ctx.now, pending, zones };
  return ask(state, asking, { text, plain, titles: zones.map(cityOf) }, ctx);
}

/** Asks whether schedules move along to the person's new zone. */
export function askMove(state: State, from: string, to: string, count: number, ctx: Context): State {
  const text = texts.zones.move(count, from, to);
  const asking: Asking = { ask: 'move', id: ctx.id(), at: ctx.now, from, to };
  const titles = [texts.questions.yes, texts.questions.no];
  return ask(state, asking, { text, plain: `${text} ${texts.zones.yesOrNo}`, titles }, ctx);
}

/** Asks whether the agent may do this in the project's repository. */
export function askPermissionOf(
  state: State,
  what: { project: string; permission: GitPermission },
  text: string,
  ctx: Context,
): State {
  const asking: Asking = { ask: 'permission', id: ctx.id(), at: ctx.now, ...what };
  const titles = [texts.git.allow, texts.git.notNow];
  return ask(state, asking, { text, plain: `${text} ${texts.git.yesOrNo}`, titles }, ctx);
}

/** Asks whether to merge the pull request as the host has it now. */
export function askMerge(
  state: State,
  { project, pull, checks }: { project: string; pull: PullRequest; checks: Checks | null },
  ctx: Context,
): State {
  const text = texts.pulls.askMerge(pull, checks);
  const { number, head } = pull;
  const asking: Asking = { ask: 'merge', id: ctx.id(), at: ctx.now, project, number, head };
  const titles = [texts.pulls.buttons.merge, texts.questions.no];
  return ask(state, asking, { text, plain: `${text} ${texts.zones.yesOrNo}`, titles }, ctx);
}

/** Asks whether to take this address from the person. */
export function askUnlink(state: State, address: string, text: string, ctx: Context): State {
  const asking: Asking = { ask: 'unlink', id: ctx.id(), at: ctx.now, address };
  const titles = [texts.links.unlinkYes, texts.questions.no];
  return ask(state, asking, { text, plain: `${text} ${texts.zones.yesOrNo}`, titles }, ctx);
}

/** Asks whether to make one conversation of this one and that of the code. */
export function askJoin(state: State, code: string, how: JoinHow, text: string, ctx: Context): State {
  const asking: Asking = { ask: 'join', id: ctx.id(), at: ctx.now, code, how };
  const yes = how === 'merge' ? texts.merging.yes : texts.links.linkYes;
  return ask(state, asking, { text, plain: text, titles: [yes, texts.questions.no] }, ctx);
}

/** `plain`: the choices in words, for a channel without buttons. */
function ask(
  state: State,
  asking: Asking,
  { text, plain, titles }: { text: string; plain: string; titles: readonly string[] },
  ctx: Context,
): State {
  const items = titles.map((title, n) => ({ id: askedChoiceIdOf(asking.id, n), title }));
  const offer: Offer = { question: asking.id, text, items, content: null };
  return withAsking(enqueue(state, 'notice', [plain], ctx, { choices: offer }), asking);
}

export type Chosen =
  | { ask: 'zone'; zone: string }
  | { ask: 'move'; from: string; to: string; moves: boolean }
  | { ask: 'forget'; carrier: boolean }
  | { ask: 'meant'; says: string; isMeant: boolean }
  | { ask: 'permission'; project: string; permission: GitPermission; allows: boolean }
  | { ask: 'merge'; project: string; number: number; head: string; merges: boolean }
  | { ask: 'unlink'; address: string; unlinks: boolean }
  | { ask: 'join'; code: string; how: JoinHow; joins: boolean }
  | { ask: 'settled' };

/** The choice that the message makes; null if it is about something else. */
export function readChosen(state: State, event: Arrival, now: number): Chosen | null {
  const asking = openAskingOf(state, now);
  const tap = event.choice === undefined ? null : readAskedChoice(event.choice);
  if (tap) {
    const isOpen = asking !== null && asking.id === tap.asking;
    return (isOpen ? optionOf(asking, tap.option) : null) ?? { ask: 'settled' };
  }
  const { text, attachments } = event.message;
  if (event.choice !== undefined || attachments > 0 || asking === null || !isHeard(state, event, asking)) return null;
  if (asking.ask === 'forget')
    return confirmsForget(event, asking, now) ? { ask: 'forget', carrier: asking.carrier } : null;
  const isShortMeant = asking.passed === undefined || event.quoted !== undefined;
  return wordsOf(asking, text, isShortMeant);
}

/** Only the whole word, as the next text, soon, and seen to have arrived now. */
const confirmsForget = ({ message, late }: Arrival, { at, passed }: Asking, now: number): boolean =>
  message.text.trim() === FORGET_WORD && late !== true && passed === undefined && now - at < FORGET_WORD_MS;

/** Shows a misspelt command as it was probably meant, with a button that sends it. A typed “yes” sends it too. */
export function askIfMeant(state: State, says: string, ctx: Context): State {
  const [text, plain] = [texts.isItMeant(says, true), texts.isItMeant(says, false)];
  const asking: Asking = { ask: 'meant', id: ctx.id(), at: ctx.now, says };
  const buttons = [{ title: texts.yesDoThat, says }];
  const shown = sendWordButtons(state, { text, plain, buttons, question: asking.id }, ctx);
  // An earlier prompt stays open: its answer is still wanted.
  const open = openAskingOf(state, ctx.now);
  return open === null || open.ask === 'meant' ? withAsking(shown, asking) : shown;
}

/** Asks for the word that confirms the deletion of everything. */
export function askForgetWord(state: State, carrier: boolean, ctx: Context): State {
  const asking: Asking = { ask: 'forget', id: ctx.id(), at: ctx.now, carrier };
  return withAsking(enqueue(state, 'notice', [texts.privacy.forgetSure(carrier)], ctx), asking);
}

function optionOf(asking: Asking, option: number): Chosen | null {
  if (asking.ask === 'forget' || asking.ask === 'meant') return null;
  if (asking.ask === 'permission') return option > 1 ? null : permitting(asking, option === 0);
  if (asking.ask === 'move') return option > 1 ? null : moving(asking, option === 0);
  if (asking.ask === 'merge') return option > 1 ? null : merging(asking, option === 0);
  if (asking.ask === 'unlink') return option > 1 ? null : unlinking(asking, option === 0);
  if (asking.ask === 'join') return option > 1 ? null : joining(asking, option === 0);
  const zone = asking.zones[option];
  return zone === undefined ? null : { ask: 'zone', zone };
}

const permitting = ({ project, permission }: Extract<Asking, { ask: 'permission' }>, allows: boolean): Chosen => ({
  ask: 'permission',
  project,
  permission,
  allows,
});

const moving = ({ from, to }: Extract<Asking, { ask: 'move' }>, moves: boolean): Chosen => ({
  ask: 'move',
  from,
  to,
  moves,
});

const merging = ({ project, number, head }: Extract<Asking, { ask: 'merge' }>, merges: boolean): Chosen => ({
  ask: 'merge',
  project,
  number,
  head,
  merges,
});

const unlinking = ({ address }: Extract<Asking, { ask: 'unlink' }>, unlinks: boolean): Chosen => ({
  ask: 'unlink',
  address,
  unlinks,
});

const joining = ({ code, how = 'merge' }: Extract<Asking, { ask: 'join' }>, joins: boolean): Chosen => ({
  ask: 'join',
  code,
  how,
  joins,
});

function wordsOf(asking: Asking, text: string, isShortMeant: boolean): Chosen | null {
  if (asking.ask !== 'zone' && asking.ask !== 'forget') {
    const said = isShortMeant ? readConsent(text) : null;
    if (said !== 'yes' && said !== 'no') return null;
    const isYes = said === 'yes';
    if (asking.ask === 'permission') return permitting(asking, isYes);
    if (asking.ask === 'merge') return merging(asking, isYes);
    if (asking.ask === 'unlink') return unlinking(asking, isYes);
    if (asking.ask === 'join') return joining(asking, isYes);
    return asking.ask === 'move' ? moving(asking, isYes) : { ask: 'meant', says: asking.says, isMeant: isYes };
  }
  const named = withoutPoliteness(withoutEnd(text, /[.!\s]/).trim());
  if (/^\d{1,2}$/.test(named)) return isShortMeant ? optionOf(asking, Number(named) - 1) : null;
  const zone = readZone(named);
  return zone === null ? null : { ask: 'zone', zone };
}

/**
 * True if the person has seen the prompt and it is the newest question. A later question of the agent is answered
 * first.
 */
function isHeard(state: State, { quoted }: Arrival, asking: Asking): boolean {
  if (quoted !== undefined) {
    return findQuotedReply(state, quoted)?.choices?.question === asking.id;
  }
  return !isUnseen(state, asking) && findOpenQuestions(state).every((q) => q.askedAt <= asking.at);
}

const isUnseen = (state: State, { id }: Asking): boolean =>
  state.replies.some((r) => (r.state === 'ready' || r.state === 'held') && r.choices?.question === id);
