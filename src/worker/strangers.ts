import { readNumber } from '../addresses.ts';
import { isAllowed } from '../config/access.ts';
import { type Config, isSimulated } from '../config/config.ts';
import { reportRefusal } from './refusal-log.ts';

// A stranger gets nothing: no reply, no row, no object. The operator's log counts the attempt without the number. Where
// SMS is off, everybody who writes by SMS is a stranger.

/** Whether the text comes from somebody who may not write. Reports the refusal. */
export function refuseStranger(config: Config, from: string): boolean {
  const number = readNumber(from);
  const isSms = !from.startsWith('whatsapp:');
  const isKnown = number !== null && isAllowed(number, config.ALLOWED_SENDERS, isSimulated(config));
  if (isKnown && !(isSms && config.SMS === 'off')) return false;
  reportRefusal({ level: 'warn', event: 'sender-refused', sms: isSms });
  return true;
}
