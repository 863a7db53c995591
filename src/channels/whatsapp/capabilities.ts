import type { Capabilities } from '../../conversation/policy/channel.ts';
import { CAPTION_CHARS } from '../../conversation/policy/files.ts';
import { MERGED_CHARS, SEND_PACE_MS, WINDOW_MS } from '../../conversation/policy/outbox.ts';
import { PROGRESS_FIRST_MS, TYPING_REFRESH_MS } from '../../conversation/policy/turn.ts';

export const WHATSAPP: Capabilities = {
  scheme: 'whatsapp',
  name: 'WhatsApp',
  operator: 'WhatsApp',
  carriers: ['WhatsApp', 'Twilio'],
  identity: 'number',
  windowMs: WINDOW_MS,
  template: true,
  reconcile: 'list',
  limits: { text: MERGED_CHARS, caption: CAPTION_CHARS },
  markup: 'chat',
  choices: true,
  typing: { refreshMs: TYPING_REFRESH_MS },
  draft: null,
  threads: false,
  optOutWords: false,
  paceMs: SEND_PACE_MS,
  progressFirstMs: PROGRESS_FIRST_MS,
  isSecret: true,
  price: 'meta',
};
