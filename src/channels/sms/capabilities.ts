import type { Capabilities } from '../../conversation/policy/channel.ts';
import { CAPTION_CHARS } from '../../conversation/policy/files.ts';
import { MERGED_CHARS, SEND_PACE_MS } from '../../conversation/policy/outbox.ts';
import { PROGRESS_FIRST_SMS_MS } from '../../conversation/policy/turn.ts';

/** Twilio's limit of an MMS. Most countries have none, so no file leaves as one. */
const FILE_IN_BYTES = 5 * 1024 * 1024;

export const SMS: Capabilities = {
  scheme: 'sms',
  name: 'SMS',
  operator: 'Twilio',
  carriers: ['Twilio', 'the phone networks'],
  identity: 'number',
  windowMs: null,
  template: false,
  reconcile: 'list',
  limits: { text: MERGED_CHARS, caption: CAPTION_CHARS, choices: 0, title: 0, fileIn: FILE_IN_BYTES, fileOut: 0 },
  markup: 'plain',
  typing: null,
  draft: null,
  edits: false,
  quotes: false,
  threads: false,
  optOutWords: true,
  paceMs: SEND_PACE_MS,
  progressFirstMs: PROGRESS_FIRST_SMS_MS,
  isSecret: false,
  price: 'segments',
};
