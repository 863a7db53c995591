import { type Channel, readAddress } from './number.ts';

// Decides which files a simulated phone sends, for the page and its API.

const MB = 1024 * 1024;
/** In MB. Telegram takes far more, but hands a bot no file above 20 MB: this is enough to read what Roost says then. */
const LARGEST: { readonly [channel in Channel]: number } = { WhatsApp: 16, SMS: 5, Telegram: 32 };
export const LARGEST_FILE = Math.max(...Object.values(LARGEST)) * MB;

/** Why a file of so many bytes can't be sent to Roost's address `to`; null if it can. */
export function refuseFile(bytes: number, to: string): string | null {
  const { channel } = readAddress(to);
  const most = LARGEST[channel];
  if (bytes <= most * MB) return null;
  const who = channel === 'Telegram' ? 'this phone' : channel;
  return `That file is too large: ${who} takes up to ${most} MB. Choose a smaller one.`;
}
