import { readWish, WISH_NAMES, type Wish, type WishName } from '../../input/access-command.ts';
import { type Command, parseCommand } from '../../input/command.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { enqueue, sendNotice, sendWordButtons } from '../outbox/replies.ts';
import { WISH_RETRY_MS, WISH_TRIES_MAX } from '../policy/access.ts';
import { askJoin } from '../questions/own-prompts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect } from '../state/events.ts';
import { answerAddressOf } from '../state/person.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';
import type { Said } from '../state/wishes.ts';
import { noCodeHere, noRightsHere } from './secret-ways.ts';

// Asks the directory for what an admin wants, until it answers. The timer outlives a crash; the directory does nothing
// twice for one wish.

/** `rest`: words that readWish can read. The timer's ref has them, after an id of the wish. */
export function askDirectory(state: State, name: WishName, rest: string, ctx: Context): Decision {
  const ref = `${ctx.id()} /${name} ${rest}`;
  return ask(state, { kind: 'wish', ref, dueAt: ctx.now, attempts: 0 }, ctx);
}

/** The timer is due: the directory hasn't answered. */
export function askDirectoryAgain(state: State, timer: Timer, ctx: Context): Decision {
  const settled = withoutTimer(state, 'wish', timer.ref);
  if (timer.attempts < WISH_TRIES_MAX || isNote(timer.ref)) return ask(settled, timer, ctx);
  return noEffects(enqueue(settled, 'notice', [texts.access.noAnswer], ctx));
}

function ask(state: State, { kind, ref, attempts }: Timer, ctx: Context): Decision {
  const dueAt = ctx.now + backoffOf(WISH_RETRY_MS, attempts);
  const effects: Effect[] = [{ do: 'wish', ref }];
  return { state: withTimer(state, { kind, ref, dueAt, attempts: attempts + 1 }), effects, log: [] };
}

/** The directory has answered. A second answer to the same wish changes nothing. */
export function onWishAnswered(
  state: State,
  ref: string,
  { text, buttons = [], join, how = 'merge' }: Said,
  ctx: Context,
): State {
  if (!state.timers.some((t) => t.kind === 'wish' && t.ref === ref)) return state;
  const settled = withoutTimer(state, 'wish', ref);
  if (isNote(ref)) return settled;
  const wish = wishOfRef(ref)?.wish;
  // Meanwhile the person may have texted on a channel that others can read, where answers now go.
  const isLogin = wish?.op === 'operator' && !wish.ends;
  const isCode = wish?.op === 'link' && wish.code === null;
  const { isSecret, name } = ctx.channelOf(answerAddressOf(state.conversation));
  if ((isLogin || isCode) && !isSecret)
    return sendNotice(settled, isCode ? noCodeHere(state, ctx) : texts.access.operatorElsewhere(name), ctx);
  if (wish?.op === 'invite' && !isSecret) return sendNotice(settled, noRightsHere(state, ctx), ctx);
  if (join !== undefined) return askJoin(settled, join, how, text, ctx);
  if (text === '') return settled;
  if (buttons.length === 0) return sendNotice(settled, text, ctx);
  return sendWordButtons(settled, { text, plain: withWords(text, buttons), buttons }, ctx);
}

/** For the audit alone: nobody waits for an answer, and it isn't given up. */
export const isNote = (ref: string): boolean => wishOfRef(ref)?.wish.op === 'note-budget';

/** The command that a timer's ref keeps, and its wish. */
export const commandOfWish = (ref: string): Command | null => parseCommand(ref.slice(ref.indexOf(' ')));

export function wishOfRef(ref: string): { id: string; wish: Wish } | null {
  const [id = ''] = ref.split(' ', 1);
  const command = commandOfWish(ref);
  const name = WISH_NAMES.find((each) => each === command?.name);
  const wish = name && readWish(name, command?.rest ?? '');
  return wish ? { id, wish } : null;
}

/** For channels without buttons. */
export const withWords = (text: string, buttons: NonNullable<Said['buttons']>): string =>
  [text, '', ...buttons.map(({ title, says }) => `${title}: ${says}`)].join('\n');
