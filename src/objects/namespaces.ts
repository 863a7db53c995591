import { addressesOf, numberOf } from '../addresses.ts';
import type { Config } from '../config/config.ts';
import { locationHintOf } from '../config/placement.ts';

// Finds objects, inside the configured jurisdiction if there is one. Every caller goes through here, because the same
// name outside the jurisdiction would be another object.

type Jurisdiction = { DATA_JURISDICTION?: DurableObjectJurisdiction | undefined };

export type Conversations = Env['CONVERSATIONS'];
export type ConversationStub = ReturnType<Conversations['get']>;
type DirectoryStub = ReturnType<Env['DIRECTORY']['get']>;

export function conversationsOf(env: Env, { DATA_JURISDICTION }: Jurisdiction): Conversations {
  return DATA_JURISDICTION ? env.CONVERSATIONS.jurisdiction(DATA_JURISDICTION) : env.CONVERSATIONS;
}

/** There is one directory, for what is rare: the path of an ordinary message never calls it. */
export function directoryOf(env: Env, { DATA_JURISDICTION }: Jurisdiction): DirectoryStub {
  const all = DATA_JURISDICTION ? env.DIRECTORY.jurisdiction(DATA_JURISDICTION) : env.DIRECTORY;
  return all.getByName('directory');
}

/** The names of the overview's shards: a conversation tells the one that its object's id ends with. */
export const SHARDS = [...'0123456789abcdef'];
type ShardStub = ReturnType<Env['OVERVIEW']['get']>;

/** Null in a deployment without the overview. */
export function overviewShard(env: Env, { DATA_JURISDICTION }: Jurisdiction, name: string): ShardStub | null {
  const { OVERVIEW }: Partial<Env> = env;
  const all = DATA_JURISDICTION ? OVERVIEW?.jurisdiction(DATA_JURISDICTION) : OVERVIEW;
  return all?.getByName(name) ?? null;
}

/** Throws when the id is malformed. */
export function getConversation(env: Env, config: Jurisdiction, id: string): ConversationStub {
  const all = conversationsOf(env, config);
  return all.get(all.idFromString(id));
}

/** The object that this address names. It is created near the person. */
export function nameObject(env: Env, config: Config, address: string): ConversationStub {
  const hint = locationHintOf(numberOf(address));
  return conversationsOf(env, config).getByName(address, hint ? { locationHint: hint } : {});
}

/**
 * The conversation of the person who writes from `spelled`, and the address under which it is kept. Where a number has
 * two spellings, the spelling that wrote first keeps the conversation, so nobody has two and none is lost. A number
 * with one spelling costs no call.
 */
export async function findConversation(
  env: Env,
  config: Config,
  spelled: string,
): Promise<{ address: string; object: ConversationStub }> {
  const address = await findAddress(conversationsOf(env, config), spelled);
  return { address, object: nameObject(env, config, address) };
}

async function findAddress(all: Conversations, spelled: string): Promise<string> {
  const addresses = addressesOf(spelled);
  if (addresses.length === 1) return spelled;
  for (const address of addresses) {
    const standing = await retryOnce(() => all.getByName(address).standing());
    if (standing !== 'nobody') return address;
  }
  return spelled;
}

/** Calls again, with a fresh stub, when the object was just being replaced. Only for calls that may be repeated. */
export async function retryOnce<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error && 'retryable' in error && error.retryable === true)) throw error;
    return call();
  }
}
