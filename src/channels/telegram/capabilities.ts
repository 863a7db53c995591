import type { Capabilities } from '../../conversation/policy/channel.ts';
import { PROGRESS_FIRST_MS } from '../../conversation/policy/turn.ts';
import { draftIdOf, readTextId } from './account.ts';

/** Both leave room for the lines that are added as a reply leaves. */
const TEXT_CHARS = 3_900;
const CAPTION_CHARS = 820;
/** Telegram asks for about one message a second in one chat. */
const PACE_MS = 1_100;
/** Typing is shown for five seconds. */
const TYPING_MS = 4_500;

/** A draft is shown for 30 seconds. */
const DRAFT_MS = 10_000;

export const TELEGRAM: Capabilities = {
  scheme: 'telegram',
  name: 'Telegram',
  operator: 'Telegram',
  carriers: ['Telegram'],
  identity: 'own',
  windowMs: null,
  template: false,
  reconcile: 'probe',
  limits: { text: TEXT_CHARS, caption: CAPTION_CHARS },
  markup: 'entities',
  choices: true,
  typing: { refreshMs: TYPING_MS },
  draft: { refreshMs: DRAFT_MS, idOf: (turn) => String(draftIdOf(turn)) },
  threads: true,
  optOutWords: false,
  paceMs: PACE_MS,
  progressFirstMs: PROGRESS_FIRST_MS,
  isSecret: true,
  price: 'free',
  readId: readTextId,
};
