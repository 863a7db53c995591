import type { FaultChannel } from './fault-channel.ts';
import { GUARANTEES } from './guarantees.ts';
import { twilioPhones } from './twilio-phones.ts';
import { twilioWire } from './twilio-wire.ts';

/** Twilio's addresses lead to that one. */
export const twilioSettings = (service: string): Record<string, string> => ({
  TWILIO_API_URL: service,
  TWILIO_MESSAGING_URL: service,
  TWILIO_CONTENT_URL: service,
});

export const WHATSAPP_CHANNEL: FaultChannel = {
  name: 'whatsapp',
  guarantees: GUARANTEES.whatsapp,
  folders: ['src/channels/whatsapp', 'src/channels/twilio'],
  wire: twilioWire,
  start: async ({ twilio }) => twilioPhones(twilio, GUARANTEES.whatsapp),
  settings: twilioSettings,
};
