import { numberOf, schemeOf } from '../addresses.ts';
import { channelOf, isKnownAddress } from '../channels/registry.ts';
import { isAllowed } from '../config/access.ts';
import { type Config, isSimulatedFor } from '../config/config.ts';
import { reportRefusal } from './refusal-log.ts';

// A stranger gets nothing: no reply and no row. The operator's log counts the attempt without the number. Where a
// channel is off, everybody who writes on it is a stranger.

/** Whether nobody can write from this address: it is malformed, or its channel is off. */
export const isClosed = (config: Config, from: string): boolean =>
  !isKnownAddress(from) || !channelOf(from).isOn(config);

/** Whether the configuration lets this address begin a conversation. Without a number only a list of everybody has it. */
export const mayOpen = (config: Config, from: string): boolean =>
  isKnownAddress(from) && isAllowed(numberOf(from), config.ALLOWED_SENDERS, isSimulatedFor(config, from));

export const reportStranger = (from: string): void =>
  reportRefusal({ level: 'warn', event: 'sender-refused', channel: schemeOf(from) });
