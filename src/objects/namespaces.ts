import type { Conversation } from './conversation.ts';
import type { Directory } from './directory.ts';

// Where objects are found: inside the configured jurisdiction, if there is one. Every caller goes through here, because the
// same name outside it would be another object.

type Jurisdiction = { DATA_JURISDICTION?: DurableObjectJurisdiction | undefined };

export function conversationsOf(env: Env, { DATA_JURISDICTION }: Jurisdiction): DurableObjectNamespace<Conversation> {
  return DATA_JURISDICTION ? env.CONVERSATIONS.jurisdiction(DATA_JURISDICTION) : env.CONVERSATIONS;
}

/** There is one. Nothing that happens for every message may ask it: it is for what is rare. */
export function directoryOf(env: Env, { DATA_JURISDICTION }: Jurisdiction): DurableObjectStub<Directory> {
  const all = DATA_JURISDICTION ? env.DIRECTORY.jurisdiction(DATA_JURISDICTION) : env.DIRECTORY;
  return all.getByName('directory');
}
