import type { Background } from './background.ts';
import type { WebhookFate } from './carrier-types.ts';
import type { ChannelSenders } from './channel-senders.ts';
import { type Delivery, newIdempotencyToken, type Postman } from './delivery.ts';
import type { CarrierFaults } from './faults.ts';
import type { Form } from './forms.ts';
import { readConnection } from './overrides.ts';
import type { PhoneNumbers } from './phone-numbers.ts';
import type { MessageStore, StoredMessage } from './store.ts';

// Delivers an inbound message to the product: to its recipient's address, and to the fallback when every try has
// failed. Applies the webhook faults. The form stays with the message until delivery has ended, so that a restarted
// carrier can deliver it again.

type Parts = {
  store: MessageStore;
  postman: Postman;
  faults: CarrierFaults;
  background: Background;
  channelSenders: ChannelSenders;
  phoneNumbers: PhoneNumbers;
};

export function createWebhookDelivery(
  { store, postman, faults, background, channelSenders, phoneNumbers }: Parts,
  options: { webhookUrl: string; fallbackUrl?: string },
): (message: StoredMessage, form: Form, fate?: WebhookFate) => Promise<void> {
  async function bring(message: StoredMessage, form: Form, fate: WebhookFate): Promise<void> {
    const set = channelSenders.of(message.to)?.webhook;
    const number = phoneNumbers.of(message.to);
    const delivery: Delivery = {
      kind: 'webhook',
      url: set?.callback_url || number?.sms_url || options.webhookUrl,
      form,
      token: newIdempotencyToken(),
    };
    if (number?.sms_application_sid)
      return postman.lose(delivery, 'The number is set to a Twilio application, which this stand-in does not have.');
    const method = (set?.callback_url && set.callback_method) || (number?.sms_url && number.sms_method) || 'POST';
    if (method !== 'POST')
      return postman.lose(delivery, `The sender’s webhook method is ${method}, but this stand-in only sends POST.`);
    if (fate.lost) return postman.lose(delivery, 'Never sent: lost on the way.');
    if (faults.take('dropWebhook')) return postman.lose(delivery, 'Fault dropWebhook: never sent.');
    const late = fate.lateMs === undefined ? faults.take('delayWebhook') : { ms: fate.lateMs };
    if (late) await background.sleep(late.ms);
    const noted = late ? { ...delivery, note: `Fault delayWebhook: ${late.ms} ms late.` } : delivery;
    const fallback = set?.fallback_url || number?.sms_fallback_url || options.fallbackUrl;
    const failed = await postman.deliver({ ...noted, hasFallback: Boolean(fallback) });
    if (failed !== null && fallback) return fallBack(delivery, fallback, failed);
    const twice = fate.twice ? { newToken: true } : faults.take('duplicateWebhook');
    if (!twice) return;
    const token = twice.newToken ? { token: newIdempotencyToken() } : {};
    await postman.deliver({ ...delivery, ...token, note: 'Fault duplicateWebhook: sent once more.' });
  }

  /** The same form, with the error of the first address. A separate token for it is an assumption. */
  async function fallBack(delivery: Delivery, url: string, code: string): Promise<void> {
    if (background.signal.aborted) return;
    const form = { ...delivery.form, ErrorCode: code, ErrorUrl: readConnection(delivery.url).url };
    await postman.deliver({ ...delivery, url, form, token: newIdempotencyToken(), note: 'Fallback.' });
  }

  return async (message, form, fate = {}) => {
    await bring(message, form, fate);
    if (!background.signal.aborted) store.update(message.sid, { due: null }, false);
  };
}
