import type { Carrier } from '../channel.ts';
import type { TwilioAccount } from './account.ts';
import { deleteMessage } from './delete-message.ts';
import { deleteCarrierMedia, fetchMedia } from './media.ts';
import { lookUp, send } from './send.ts';

// The parts that WhatsApp and SMS share at Twilio: messages, their list, and files that people sent.

type Shared = Pick<Carrier, 'send' | 'lookUp' | 'fetchFile' | 'deleteFile' | 'deleteMessage'>;

/** As operators know it. */
export const TWILIO = { name: 'Twilio', statusPage: 'status.twilio.com' };

/** `loopback`: files may come from this computer. */
export function connectTwilio(account: TwilioAccount, loopback: boolean): Shared {
  const host = { account, loopback };
  return {
    send: (reply, timeoutMs) => send(account, reply, timeoutMs),
    lookUp: (reply, timeoutMs) => lookUp(account, reply, timeoutMs),
    fetchFile: (url, firstByteMs, signal) => fetchMedia(host, url, firstByteMs, signal),
    deleteFile: (url, timeoutMs) => deleteCarrierMedia(host, url, timeoutMs),
    deleteMessage: (id, timeoutMs) => deleteMessage(account, id, timeoutMs),
  };
}

/** Ids of messages, and files by http: other channels write their scheme before both. */
export const isTwilios = (reference: string): boolean => /^(?:https?:|[A-Za-z0-9]+$)/.test(reference);
