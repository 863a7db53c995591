import { isExternalAddress } from '../../addresses.ts';
import { absentChannel } from '../absent.ts';
import type { Channel } from '../channel.ts';
import { accountOf } from '../twilio/account.ts';
import { connectTwilio, isTwilios, TWILIO } from '../twilio/carrier.ts';
import { explainTwilioError } from '../twilio/errors.ts';
import { isWhatsApp, TWILIO_ADDRESS } from '../twilio/fields.ts';
import { createContent, deleteContent } from './buttons.ts';
import { WHATSAPP } from './capabilities.ts';
import { howToSend } from './files.ts';
import { sendTyping } from './typing.ts';

// WhatsApp, by Twilio.

export const whatsApp: Channel = {
  capabilities: WHATSAPP,
  service: TWILIO,
  isAddress: (text) => isWhatsApp(text) && TWILIO_ADDRESS.test(text),
  isOn: (config) => config.TWILIO_ACCOUNT_SID !== undefined,
  sendersOf: (config) => config.TWILIO_SENDERS.filter(isWhatsApp),
  owns: isTwilios,
  explainError: explainTwilioError,
  chatUrl: (sender, words) => {
    if (isExternalAddress(sender)) return null;
    const chat = `https://wa.me/${sender.replace(/\D/g, '')}`;
    return words === '' ? chat : `${chat}?text=${encodeURIComponent(words)}`;
  },
  connect: (config) => {
    const account = accountOf(config);
    if (account === null) return absentChannel('whatsapp').connect(config);
    return {
      ...connectTwilio(account, config.LOCAL_MODE === '1'),
      prepareChoices: (offer, timeoutMs) => createContent(account, offer, timeoutMs),
      forgetChoices: (content, timeoutMs) => deleteContent(account, content, timeoutMs),
      showTyping: (_to, messageId, timeoutMs) => sendTyping(account, messageId, timeoutMs),
      showDraft: async () => undefined,
      howToSend,
    };
  },
};
