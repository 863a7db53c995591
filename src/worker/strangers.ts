import { isAllowed } from '../config/access.ts';
import { type Config, isSimulated } from '../config/config.ts';
import { readNumber } from '../phone-numbers.ts';
import { reportRefusal } from './refusal-log.ts';

// What a stranger gets: nothing. No reply, no row, no object; the operator's log counts the attempt without the number.
// SMS counts as a stranger's where it is off.

/** Whether the text comes from somebody who may not write. Reports the refusal. */
export function refuseStranger(config: Config, from: string): boolean {
  const number = readNumber(from);
  const isSms = !from.startsWith('whatsapp:');
  const isKnown = number !== null && isAllowed(number, config.ALLOWED_SENDERS, isSimulated(config));
  if (isKnown && !(isSms && config.SMS === 'off')) return false;
  reportRefusal({ level: 'warn', event: 'sender-refused', sms: isSms });
  return true;
}
