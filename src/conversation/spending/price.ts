import { schemeOf } from '../../addresses.ts';
import type { Capabilities } from '../policy/channel.ts';
import type { Context } from '../state/events.ts';

/** By what a message with this address costs money. On a channel that runs on this computer nothing does. */
export const priceOf = (
  address: string,
  { policy: { simulated = [] }, channelOf }: Pick<Context, 'policy' | 'channelOf'>,
): Capabilities['price'] => (simulated.includes(schemeOf(address)) ? 'free' : channelOf(address).price);
