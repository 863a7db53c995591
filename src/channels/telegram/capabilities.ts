import type { Capabilities } from '../../conversation/policy/channel.ts';
import { PROGRESS_FIRST_MS } from '../../conversation/policy/turn.ts';
import { draftIdOf, readTextId } from './account.ts';

/** Both leave room for the lines that are added as a reply leaves. */
const TEXT_CHARS = 3_870;
const CAPTION_CHARS = 800;
/** Telegram's limit of a keyboard. */
const CHOICES_MAX = 100;
/** Longer titles are cut by phones. */
const TITLE_CHARS = 64;
const MB = 1024 * 1024;
/** The largest file that Telegram hands to a bot, and the largest that it takes from one. */
const FILE_IN_BYTES = 20 * MB;
const FILE_OUT_BYTES = 50 * MB;
/** Telegram asks for about one message a second in one chat. */
const PACE_MS = 1_100;
/** Typing is shown for five seconds. */
const TYPING_MS = 4_500;
/** A draft is shown for 30 seconds. */
const DRAFT_MS = 10_000;

export const TELEGRAM = {
  scheme: 'telegram',
  name: 'Telegram',
  operator: 'Telegram',
  carriers: ['Telegram'],
  identity: 'own',
  windowMs: null,
  template: false,
  reconcile: 'probe',
  limits: {
    text: TEXT_CHARS,
    caption: CAPTION_CHARS,
    choices: CHOICES_MAX,
    title: TITLE_CHARS,
    fileIn: FILE_IN_BYTES,
    fileOut: FILE_OUT_BYTES,
  },
  markup: 'entities',
  typing: { refreshMs: TYPING_MS },
  draft: { refreshMs: DRAFT_MS, stopId: (turn) => String(draftIdOf(turn)) },
  edits: true,
  quotes: true,
  threads: true,
  optOutWords: false,
  paceMs: PACE_MS,
  progressFirstMs: PROGRESS_FIRST_MS,
  isSecret: true,
  price: 'free',
  readId: readTextId,
} satisfies Capabilities;
