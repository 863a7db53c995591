import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { texts } from '../../src/texts.ts';
import { REFUSALS } from '../../src/turns/machine-row.ts';
import type { Vars } from '../dev-vars.ts';
import type { WebhookSettings } from './record.ts';
import { twilioClient, twilioFailure, twilioJson } from './twilio-client.ts';

// What set-up and teardown do in a Twilio account. Failures that a person can do something about are results; the rest
// throws with Twilio's words.

export const SANDBOX = 'whatsapp:+14155238886';

export type TwilioAccount =
  | { kind: 'account'; name: string; status: string; isTrial: boolean }
  | { kind: 'wrong' }
  | { kind: 'unreachable'; reason: string };

export async function readAccount(answers: Vars): Promise<TwilioAccount> {
  try {
    const account = await twilioClient(answers)
      .api.v2010.accounts(answers.TWILIO_ACCOUNT_SID ?? '')
      .fetch();
    return { kind: 'account', name: account.friendlyName, status: account.status, isTrial: account.type === 'Trial' };
  } catch (error) {
    const { status, message } = twilioFailure(error);
    // An unknown account and a wrong token are told apart by neither status.
    return status !== null && status >= 400 && status < 500
      ? { kind: 'wrong' }
      : { kind: 'unreachable', reason: message };
  }
}

export type WhatsAppSender = { sid: string; address: string; status: string; webhook: WebhookSettings };

export async function whatsAppSenders(answers: Vars): Promise<WhatsAppSender[]> {
  const found = await twilioClient(answers).messaging.v2.channelsSenders.list({ channel: 'whatsapp', limit: 100 });
  return found.map(({ sid, senderId, status, webhook }) => ({
    sid,
    address: senderId,
    status,
    webhook: {
      callbackUrl: webhook?.callbackUrl ?? '',
      callbackMethod: webhook?.callbackMethod ?? '',
      fallbackUrl: webhook?.fallbackUrl ?? '',
      fallbackMethod: webhook?.fallbackMethod ?? '',
      statusCallbackUrl: webhook?.statusCallbackUrl ?? '',
      statusCallbackMethod: webhook?.statusCallbackMethod ?? '',
    },
  }));
}

/** An empty address takes the webhook away; a method is only said with an address. */
export async function setWebhook(answers: Vars, senderSid: string, settings: WebhookSettings): Promise<void> {
  const method = (value: string): string => value || 'POST';
  await twilioJson(twilioClient(answers), `https://messaging.twilio.com/v2/Channels/Senders/${senderSid}`, {
    webhook: {
      callback_url: settings.callbackUrl,
      callback_method: method(settings.callbackMethod),
      fallback_url: settings.fallbackUrl,
      fallback_method: method(settings.fallbackMethod),
      status_callback_url: settings.statusCallbackUrl,
      status_callback_method: method(settings.statusCallbackMethod),
    },
  });
}

/** Names are ours and hold chance, so that a template can be found again whose id was never learned. */
export const newTemplateName = (): string => `roost_nudge_${randomBytes(4).toString('hex')}`;

const Content = z.looseObject({ sid: z.string() });

export async function findTemplate(answers: Vars, name: string): Promise<string | null> {
  const contents = await twilioClient(answers).content.v1.contents.list({ limit: 1000 });
  return contents.find(({ friendlyName }) => friendlyName === name)?.sid ?? null;
}

export async function createTemplate(answers: Vars, name: string, body: string): Promise<string> {
  const created = await twilioJson(twilioClient(answers), 'https://content.twilio.com/v1/Content', {
    friendly_name: name,
    language: 'en',
    types: { 'twilio/text': { body } },
  });
  return Content.parse(created).sid;
}

/** `unsubmitted`, `received`, `pending`, `approved`, `rejected`, `paused` or `disabled`. */
export async function templateStatus(answers: Vars, sid: string): Promise<string> {
  const { whatsapp } = await twilioClient(answers).content.v1.contents(sid).approvalFetch().fetch();
  const status: unknown = whatsapp?.status;
  return typeof status === 'string' ? status : 'unsubmitted';
}

export async function requestApproval(answers: Vars, sid: string, name: string): Promise<void> {
  const uri = `https://content.twilio.com/v1/Content/${sid}/ApprovalRequests/whatsapp`;
  await twilioJson(twilioClient(answers), uri, { name, category: 'UTILITY' });
}

/** Harmless when it is gone. */
export async function removeTemplate(answers: Vars, sid: string): Promise<void> {
  try {
    await twilioClient(answers).content.v1.contents(sid).remove();
  } catch (error) {
    if (twilioFailure(error).status !== 404) throw error;
  }
}

export type Exchange = { heard: boolean; answered: boolean };

/** What the relay says by itself while an answer is on its way, or in its place. Trial accounts put words of Twilio's before it. */
const { making, again, waking, refused } = texts.machines;
const NOTICES = [
  making,
  again,
  waking,
  ...REFUSALS.map(refused),
  texts.unreachable,
  texts.gaveUpUnreachable,
  texts.agentFailed,
];
export const isNotice = (body: string): boolean => NOTICES.some((notice) => body.includes(notice));

/** Whether the person's text has arrived since then, and whether its answer has gone back after it. */
export async function exchangeSince(answers: Vars, sender: string, person: string, since: Date): Promise<Exchange> {
  const messages = twilioClient(answers).messages;
  const [inbound, outbound] = await Promise.all([
    messages.list({ from: person, to: sender, limit: 20 }),
    messages.list({ from: sender, to: person, limit: 20 }),
  ]);
  // Twilio's dates are whole seconds.
  const from = Math.floor(since.getTime() / 1000) * 1000;
  const isNew = ({ dateCreated }: { dateCreated: Date }): boolean => dateCreated.getTime() >= from;
  const first = inbound.filter(isNew).sort((a, b) => a.dateCreated.getTime() - b.dateCreated.getTime())[0];
  const isAnswer = ({ dateCreated, status, body }: { dateCreated: Date; status: string; body: string }): boolean =>
    first !== undefined &&
    !isNotice(body) &&
    dateCreated.getTime() >= first.dateCreated.getTime() &&
    ['sent', 'delivered', 'read'].includes(status);
  return { heard: first !== undefined, answered: outbound.some(isAnswer) };
}
