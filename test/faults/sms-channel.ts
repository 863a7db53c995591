import { senderOn } from './carrier.ts';
import type { FaultChannel } from './fault-channel.ts';
import { GUARANTEES } from './guarantees.ts';
import { twilioPhones } from './twilio-phones.ts';
import { twilioWire } from './twilio-wire.ts';
import { twilioSettings } from './whatsapp-channel.ts';

export const SMS_CHANNEL: FaultChannel = {
  name: 'sms',
  guarantees: GUARANTEES.sms,
  folders: ['src/channels/sms', 'src/channels/twilio'],
  wire: twilioWire,
  start: async ({ twilio }) => twilioPhones(twilio, GUARANTEES.sms),
  settings: (service) => ({ ...twilioSettings(service), TWILIO_SENDERS: senderOn('sms'), SMS: 'on' }),
};
