// Phone numbers as people type and read them. Decides what a number is, for the page and its API.

/** `+1 (555) 555-0123`, `0044 7700 900123` → `+E164`; null if it is no number. */
export function parseNumber(typed: string): string | null {
  const bare = typed
    .trim()
    .replace(/[\s().-]/g, '')
    .replace(/^00/, '+');
  return /^\+[1-9]\d{6,14}$/.test(bare) ? bare : null;
}

export function displayNumber(number: string): string {
  const american = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  if (american) return `+1 ${american[1]} ${american[2]} ${american[3]}`;
  const british = /^\+44(\d{4})(\d{6})$/.exec(number);
  if (british) return `+44 ${british[1]} ${british[2]}`;
  return number;
}

export type Channel = 'WhatsApp' | 'SMS' | 'Telegram';

/** `whatsapp:+1415…` → its number and the name of its channel; on Telegram the bot's id. */
export function readAddress(address: string): { number: string; channel: Channel } {
  if (address.startsWith('telegram:')) return { number: address.slice('telegram:'.length), channel: 'Telegram' };
  const whatsapp = address.startsWith('whatsapp:');
  return { number: whatsapp ? address.slice('whatsapp:'.length) : address, channel: whatsapp ? 'WhatsApp' : 'SMS' };
}

/** A phone's address on the channel of `sender`. On Telegram the digits of the number are the person's id. */
export function addressOf(number: string, sender: string): string {
  if (sender.startsWith('whatsapp:')) return `whatsapp:${number}`;
  return sender.startsWith('telegram:') ? `telegram:${number.slice(1)}` : number;
}

export const numberOf = (address: string): string => address.replace(/^whatsapp:/, '').replace(/^telegram:/, '+');
