import { absentChannel } from '../absent.ts';
import type { Channel } from '../channel.ts';
import { withoutEmphasis } from '../markup/plain.ts';
import { accountOf } from '../twilio/account.ts';
import { connectTwilio, isTwilios, TWILIO } from '../twilio/carrier.ts';
import { explainTwilioError } from '../twilio/errors.ts';
import { isWhatsApp, TWILIO_ADDRESS } from '../twilio/fields.ts';
import { WORDS_ALONE } from '../words-alone.ts';
import { SMS } from './capabilities.ts';

// SMS, by Twilio: words alone. Its sender can be forged, so the deployment has to switch it on.

const { prepareChoices, forgetChoices, showTyping, showDraft, howToSend } = WORDS_ALONE;

const isSms = (address: string): boolean => !isWhatsApp(address) && TWILIO_ADDRESS.test(address);

export const sms: Channel = {
  capabilities: SMS,
  service: TWILIO,
  isAddress: isSms,
  isOn: (config) => config.SMS === 'on',
  sendersOf: (config) => config.TWILIO_SENDERS.filter(isSms),
  owns: isTwilios,
  explainError: explainTwilioError,
  chatUrl: (sender, words) => (words === '' ? `sms:${sender}` : null),
  connect: (config) => {
    const account = accountOf(config);
    if (account === null) return absentChannel('sms').connect(config);
    const twilio = connectTwilio(account, config.LOCAL_MODE === '1');
    return {
      ...twilio,
      send: (reply, timeoutMs) => twilio.send({ ...reply, body: withoutEmphasis(reply.body) }, timeoutMs),
      lookUp: (reply, timeoutMs) => twilio.lookUp({ ...reply, body: withoutEmphasis(reply.body) }, timeoutMs),
      prepareChoices,
      forgetChoices,
      showTyping,
      showDraft,
      // Most countries have no MMS.
      howToSend,
    };
  },
};
