import type { RefusalRow } from './refusals.ts';

// Failures of an accepted message: the ErrorCode of its `failed` or `undelivered` callback, after a 201 for the create
// request. The second half of the table in refusals.ts.

const byFault = 'The fault `failMessage` is switched on.';

export const FAILURES = [
  {
    code: 30003,
    http: null,
    message: 'The phone cannot be reached.',
    when: byFault,
    source: 'docs api/errors/30003',
  },
  {
    code: 30007,
    http: null,
    message: 'The carrier filtered the message.',
    when: byFault,
    source: 'docs api/errors/30007',
  },
  {
    code: 30022,
    http: null,
    message: 'The sender is too fast for the phone networks of the US.',
    when: byFault,
    source: 'docs api/errors/30022',
  },
  {
    code: 63003,
    http: null,
    message: 'WhatsApp does not know this recipient.',
    when: byFault,
    source: 'docs api/errors/63003',
  },
  {
    code: 63013,
    http: null,
    message: 'The message violates the channel’s policy.',
    when: byFault,
    source: 'docs api/errors/63013',
  },
  {
    code: 63014,
    http: null,
    message: 'The person has blocked this sender.',
    when: byFault,
    source: 'docs api/errors/63014',
  },
  {
    code: 63015,
    http: null,
    message: 'The person has not joined the sandbox.',
    when: byFault,
    source: 'docs api/errors/63015',
  },
  {
    code: 63016,
    http: null,
    message:
      'Free-form messages are only possible within 24 hours of the last message from this person; use a template.',
    when: 'A WhatsApp message without ContentSid goes to someone who has not written to this sender within 24 hours.',
    source: 'docs api/errors/63016',
  },
  {
    code: 63018,
    http: null,
    message: 'The rate limit of the channel is reached.',
    when: byFault,
    source: 'docs api/errors/63018',
  },
  {
    code: 63019,
    http: null,
    message: 'The media could not be downloaded.',
    when: 'A MediaUrl does not answer 200 to HEAD and to GET, or is neither on this machine nor on the host of the webhook.',
    source: 'docs api/errors/63019',
  },
  {
    code: 63021,
    http: null,
    message: 'WhatsApp does not support this kind of content.',
    when: 'The Content-Type of a MediaUrl is not one WhatsApp carries, or HEAD and GET do not agree on it.',
    source: 'docs api/errors/63021',
  },
  {
    code: 63024,
    http: null,
    message: 'The recipient is not valid on this channel.',
    when: byFault,
    source: 'docs api/errors/63024',
  },
  {
    code: 63034,
    http: null,
    message: 'The media is too large: 5 MB for images, 16 MB for everything else.',
    when: 'A media file is above the limit of its kind.',
    source: 'docs api/errors/63034',
  },
  {
    code: 63038,
    http: null,
    message: 'The daily message limit of the account is reached.',
    when: byFault,
    source: 'docs api/errors/63038',
  },
  {
    code: 63051,
    http: null,
    message: 'WhatsApp has locked the business account.',
    when: byFault,
    source: 'docs api/errors/63051',
  },
] as const satisfies readonly RefusalRow[];

export type FailureCode = (typeof FAILURES)[number]['code'];

export const failureCodes = FAILURES.map((row) => row.code);

export function failureMessage(code: FailureCode): string {
  return FAILURES.find((one) => one.code === code)?.message ?? 'The message was not delivered.';
}
