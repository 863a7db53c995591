import type { Capabilities } from '../../conversation/policy/channel.ts';
import { CAPTION_CHARS } from '../../conversation/policy/files.ts';
import { MERGED_CHARS, SEND_PACE_MS, WINDOW_MS } from '../../conversation/policy/outbox.ts';
import { PROGRESS_FIRST_MS, TYPING_REFRESH_MS } from '../../conversation/policy/turn.ts';

/** Twilio's limits for a list without approval. Fewer and shorter choices are buttons. */
const ITEMS_MAX = 10;
const ITEM_CHARS = 24;
/** Twilio's limit for files in either direction. */
const FILE_BYTES = 16 * 1024 * 1024;

export const WHATSAPP: Capabilities = {
  scheme: 'whatsapp',
  name: 'WhatsApp',
  operator: 'WhatsApp',
  carriers: ['WhatsApp', 'Twilio'],
  identity: 'number',
  windowMs: WINDOW_MS,
  template: true,
  reconcile: 'list',
  limits: {
    text: MERGED_CHARS,
    caption: CAPTION_CHARS,
    choices: ITEMS_MAX,
    title: ITEM_CHARS,
    fileIn: FILE_BYTES,
    fileOut: FILE_BYTES,
  },
  markup: 'chat',
  typing: { refreshMs: TYPING_REFRESH_MS },
  draft: null,
  edits: false,
  quotes: true,
  threads: false,
  optOutWords: false,
  paceMs: SEND_PACE_MS,
  progressFirstMs: PROGRESS_FIRST_MS,
  isSecret: true,
  price: 'meta',
};
