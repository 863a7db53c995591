// Addresses as Twilio writes them: `whatsapp:+E164`, `whatsapp:US.123…` where the person's number is withheld, `+E164`
// for SMS. Pure; checks only the shape.

export type Channel = 'whatsapp' | 'sms';

const PHONE = /^\+[1-9]\d{6,14}$/;
const WITHHELD = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

export const channelOf = (address: string): Channel => (address.startsWith('whatsapp:') ? 'whatsapp' : 'sms');

/** The phone number inside the address; null when it is withheld or malformed. */
export function phoneOf(address: string): string | null {
  const bare = address.replace(/^whatsapp:/, '');
  return PHONE.test(bare) ? bare : null;
}

export function isAddress(address: string): boolean {
  if (phoneOf(address) !== null) return true;
  return channelOf(address) === 'whatsapp' && WITHHELD.test(address.slice('whatsapp:'.length));
}
