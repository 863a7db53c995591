import { ADDRESS, isWhatsApp, numberOf } from '../addresses.ts';
import { isAllowed } from '../config/access.ts';
import { type Config, isSimulated } from '../config/config.ts';
import { reportRefusal } from './refusal-log.ts';

// A stranger gets nothing: no reply and no row. The operator's log counts the attempt without the number. Where SMS is
// off, everybody who writes by SMS is a stranger.

/** Whether nobody can write from this address: it is malformed, or its channel is off. */
export const isClosed = (config: Config, from: string): boolean =>
  !ADDRESS.test(from) || (config.SMS === 'off' && !isWhatsApp(from));

/** Whether the configuration lets this address begin a conversation. Without a number only a list of everybody has it. */
export const mayOpen = (config: Config, from: string): boolean =>
  ADDRESS.test(from) && isAllowed(numberOf(from), config.ALLOWED_SENDERS, isSimulated(config));

export const reportStranger = (from: string): void =>
  reportRefusal({ level: 'warn', event: 'sender-refused', sms: !isWhatsApp(from) });
