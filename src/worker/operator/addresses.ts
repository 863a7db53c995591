import type { Context } from 'hono';
import * as z from 'zod/mini';
import { capabilitiesOf, isKnownAddress } from '../../channels/registry.ts';
import { maskAddress } from '../../conversation/access/change.ts';
import { type ConversationStub, directoryOf } from '../../objects/namespaces.ts';
import type { AppEnv } from '../configuration.ts';

// The operator says which addresses are a person's.

const Named = z.strictObject({ address: z.string().check(z.refine(isKnownAddress)) });
const SEND = {
  error:
    'Send JSON with one address: {"address": "whatsapp:+15555550123"}, {"address": "whatsapp:US.1349"} or {"address": "+15555550123"} for SMS.',
};
const NOBODY = { error: 'No conversation has this ID.' };

/** Binds an address to the person, or unlocks it. */
export async function bindAddress(c: Context<AppEnv>, person: ConversationStub): Promise<Response> {
  const named = Named.safeParse(await c.req.json().catch(() => null));
  if (!named.success) return c.json(SEND, 400);
  const { address } = named.data;
  await record(c, 'bound an address', address);
  const bound = await person.bind(address, 'operator');
  if (bound !== 'bound') await record(c, `bound an address: ${bound ?? 'gone'}`, address);
  switch (bound) {
    case null:
      return c.json(NOBODY, 404);
    case 'bound':
      return c.json({ bound: true }, 200);
    case 'leading':
      return c.json({ bound: false, error: 'The address doesn’t answer right now. It is tried again by itself.' }, 202);
    case 'claimed':
      return c.json(
        { error: 'This address belongs to another person here. Unbind it there first, if that is possible.' },
        409,
      );
  }
}

export async function unbindAddress(c: Context<AppEnv>, person: ConversationStub): Promise<Response> {
  const named = Named.safeParse(await c.req.json().catch(() => null));
  if (!named.success) return c.json(SEND, 400);
  const { address } = named.data;
  await record(c, 'took an address away', address);
  if (await person.unbind(address)) return c.json({ unbound: true }, 200);
  await record(c, 'took an address away: nothing-to-do', address);
  return c.json(
    { error: 'This isn’t a further address of this person. The one that began the conversation stays.' },
    404,
  );
}

async function record(c: Context<AppEnv>, action: string, address: string): Promise<void> {
  const entry = {
    actor: 'operator',
    action,
    subject: c.req.param('id') ?? '',
    detail: maskAddress(address, capabilitiesOf),
  };
  await directoryOf(c.env, c.get('config')).recordAudit(entry);
}
