import type { Capabilities } from '../../conversation/policy/channel.ts';
import { CAPTION_CHARS } from '../../conversation/policy/files.ts';
import { MERGED_CHARS, SEND_PACE_MS } from '../../conversation/policy/outbox.ts';
import { PROGRESS_FIRST_SMS_MS } from '../../conversation/policy/turn.ts';

export const SMS: Capabilities = {
  scheme: 'sms',
  name: 'SMS',
  operator: 'Twilio',
  carriers: ['Twilio', 'the phone networks'],
  identity: 'number',
  windowMs: null,
  template: false,
  reconcile: 'list',
  limits: { text: MERGED_CHARS, caption: CAPTION_CHARS },
  markup: 'plain',
  choices: false,
  typing: null,
  draft: null,
  threads: false,
  optOutWords: true,
  paceMs: SEND_PACE_MS,
  progressFirstMs: PROGRESS_FIRST_SMS_MS,
  isSecret: false,
  price: 'segments',
};
