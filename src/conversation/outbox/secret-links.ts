import { schemeOf } from '../../addresses.ts';
import { holdsCode } from '../../input/link-code.ts';
import type { Context } from '../state/events.ts';
import type { Reply } from '../state/rows.ts';
import type { Ends } from './ends.ts';

// Links and codes that give rights: to log in, to be let in, to link an address, to connect an account, to get a copy of
// everything.

export const givesRights = ({ kind, body }: Pick<Reply, 'kind' | 'body'>): boolean =>
  kind === 'notice' && (/https?:\/\//.test(body) || holdsCode(body));

/** True for a link or code that gives rights where these ends are on another channel, which isn't fit for secrets. */
export const isForSecrets = (
  reply: Pick<Reply, 'kind' | 'body' | 'to'>,
  { to }: Pick<Ends, 'to'>,
  { channelOf }: Pick<Context, 'channelOf'>,
): boolean => schemeOf(to) !== schemeOf(reply.to) && !channelOf(to).isSecret && givesRights(reply);
