import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { type Check, type Finding, fail, ok } from './check.ts';
import type { DoctorContext } from './context.ts';

// Checks that the relay verifies signatures for the address that Twilio calls and this account's token: it must accept
// a status callback signed here and refuse one without a signature. The callback names a reply that doesn't exist and a
// status without effect, so no conversation is touched.

const NOBODY = '+15555550100';
const PATH = `/webhooks/twilio/status?r=${'0'.repeat(26)}.1`;

async function signatureUrl(context: DoctorContext): Promise<Finding> {
  const relay = context.relay();
  const form = {
    AccountSid: context.value('TWILIO_ACCOUNT_SID'),
    From: NOBODY,
    MessageSid: `SM${'0'.repeat(32)}`,
    MessageStatus: 'queued',
    To: NOBODY,
  };
  const signed = {
    'x-twilio-signature': getExpectedTwilioSignature(context.value('TWILIO_AUTH_TOKEN'), `${relay.url}${PATH}`, form),
  };
  const [taken, refused] = await Promise.all([relay.post(PATH, form, signed), relay.post(PATH, form, {})]);
  if (refused.status !== 403) {
    return fail(
      `a callback without a signature gets status ${refused.status}, not 403`,
      'Anyone could pretend to be Twilio. Make sure that PUBLIC_URL is the relay and that nothing in front of it answers instead, then run `npm run deploy`.',
    );
  }
  if (taken.status === 403) {
    return fail(
      'a callback with the right signature is refused',
      'The Worker has another PUBLIC_URL, TWILIO_AUTH_TOKEN or TWILIO_ACCOUNT_SID than .prod.vars: run `npm run deploy`. If that doesn’t help, a proxy in front of it changes the path or the query.',
    );
  }
  if (taken.status !== 200) {
    return fail(
      `a callback with the right signature gets status ${taken.status}`,
      '`npx wrangler tail` shows what the relay logs.',
    );
  }
  return ok('the relay accepts signed callbacks and refuses unsigned ones');
}

export const signatureCheck: Check = { name: 'signature-url', title: 'Signatures', run: signatureUrl };
