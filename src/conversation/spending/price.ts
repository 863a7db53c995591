import { schemeOf } from '../../addresses.ts';
import type { Capabilities } from '../policy/channel.ts';
import type { Context } from '../state/events.ts';

/** The kind of price of a message with this address. Messages on a channel that runs on this computer are free. */
export const priceOf = (
  address: string,
  { policy: { simulated = [] }, channelOf }: Pick<Context, 'policy' | 'channelOf'>,
): Capabilities['price'] => (simulated.includes(schemeOf(address)) ? 'free' : channelOf(address).price);
