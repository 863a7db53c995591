import { reset, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { afterEach } from 'vitest';
import type { AddressObject } from '../../src/objects/address-object.ts';
import type { Conversation } from '../../src/objects/conversation.ts';
import type { OverviewShard } from '../../src/objects/overview-shard.ts';
import { Outside } from './outside.ts';

// Calls the relay like Twilio: signed forms to its public URL. Each test has its own person, so its own object.

export const vars = env as unknown as Record<string, string>;
export const OURS = 'whatsapp:+15555550100';

/** Lives as long as the runtime, which the files share. `worlds`: the test in which a conversation was first heard. */
const kept = globalThis as {
  counted?: { people: number; messages: number; worlds: Map<string, Outside> };
  network?: typeof fetch;
};
kept.counted ??= { people: 0, messages: 0, worlds: new Map() };
kept.network ??= globalThis.fetch;
const { counted } = kept;
/** The network itself, before any test's world took its place. */
export const { network } = kept;

/**
 * A world per test, in place of the network: nothing ever gets past it. Objects and their alarms end with their test.
 */
export function useOutside(): { outside: Outside } {
  const holder = { outside: new Outside() };
  const strays: string[] = [];
  globalThis.fetch = (input, init) => {
    const request = new Request(input as RequestInfo, init);
    if (isOfEarlierTest(request, holder.outside)) strays.push(request.url);
    return holder.outside.fetch(request);
  };
  afterEach(async () => {
    await reset();
    holder.outside = new Outside();
    const wentOn = strays.splice(0);
    if (wentOn.length > 0) throw new Error(`objects of earlier tests went on: ${wentOn.join(' ')}`);
  });
  return holder;
}

/** A call to the machine names its conversation in its token. */
function isOfEarlierTest(request: Request, world: Outside): boolean {
  const [, claims] = request.headers.get('authorization')?.split('.') ?? [];
  if (!claims) return false;
  const { sub } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))) as { sub?: string };
  if (sub === undefined) return false;
  if (!counted.worlds.has(sub)) counted.worlds.set(sub, world);
  return counted.worlds.get(sub) !== world;
}

const personNumber = (n: number): string => `whatsapp:+1555555${String(1000 + n)}`;
export const newPerson = (): string => personNumber(counted.people++);
export const newMessageSid = (): string => `SM${String(counted.messages++).padStart(32, 'a')}`;

export type PostOptions = { signature?: string | null; contentType?: string; token?: string };

export function post(path: string, fields: Record<string, string>, options: PostOptions = {}): Promise<Response> {
  const body = new URLSearchParams(fields).toString();
  const url = `https://relay.example.com${path}`;
  const signature =
    options.signature !== undefined
      ? options.signature
      : getExpectedTwilioSignature(options.token ?? (vars.TWILIO_AUTH_TOKEN as string), url, fields);
  return exports.default.fetch(url, {
    method: 'POST',
    headers: {
      'content-type': options.contentType ?? 'application/x-www-form-urlencoded; charset=UTF-8',
      ...(signature === null ? {} : { 'x-twilio-signature': signature }),
    },
    body,
  });
}

export function textForm(from: string, body: string, extra: Record<string, string> = {}): Record<string, string> {
  return {
    MessageSid: newMessageSid(),
    AccountSid: vars.TWILIO_ACCOUNT_SID as string,
    From: from,
    To: OURS,
    Body: body,
    NumMedia: '0',
    ...extra,
  };
}

export const text = (from: string, body: string): Promise<Response> => post('/webhooks/twilio', textForm(from, body));

export const stubOf = (person: string): DurableObjectStub<Conversation> => env.CONVERSATIONS.getByName(person);

/** The object that an address names: a home, a signpost, or nothing yet. */
export const addressObject = (address: string): DurableObjectStub<AddressObject> =>
  stubOf(address) as unknown as DurableObjectStub<AddressObject>;

/** Begins every statement of a test, so that it is not counted as the relay's. */
export const OF_A_TEST = '/* test */ ';

/** Rows of a query in the person's object; none before it has tables. */
export function rows<T extends Record<string, SqlStorageValue>>(person: string, query: string): Promise<T[]> {
  return runInDurableObject(stubOf(person), (_, { storage: { sql } }) =>
    tablesOf(sql) === 0 ? [] : sql.exec<T>(OF_A_TEST + query).toArray(),
  );
}

const tablesOf = (sql: SqlStorage): number =>
  sql.exec(`${OF_A_TEST}SELECT 1 FROM sqlite_master WHERE name NOT GLOB '_cf*'`).toArray().length;

/** Whether anything is stored in the object of this address. */
export const isUnset = (address: string): Promise<boolean> =>
  runInDurableObject(
    stubOf(address),
    (_, { storage }) => [...storage.kv.list()].length === 0 && tablesOf(storage.sql) === 0,
  );

/** Kills the person's object like a crash: nothing in memory is left, and nothing in progress is waited for. */
export async function evict(person: string): Promise<void> {
  await runInDurableObject(stubOf(person), (_, state) => state.abort('evicted by a test')).catch(() => undefined);
}

export type Counted = { read: number; written: number };
export type Statement = Counted & { what: string };

/** Counts the rows that the conversation reads and writes from now on, without the test's own. */
export async function countRows(address: string): Promise<Counted> {
  const counted: Counted = { read: 0, written: 0 };
  await onStatement(stubOf(address), ({ read, written }) => {
    counted.read += read;
    counted.written += written;
  });
  return counted;
}

/** The statements that the conversation runs from now on, without the test's own. */
export const logStatements = (address: string): Promise<Statement[]> => logStatementsOf(stubOf(address));

/** The same of any object. */
export async function logStatementsOf(stub: DurableObjectStub<Conversation | OverviewShard>): Promise<Statement[]> {
  const statements: Statement[] = [];
  await onStatement(stub, (statement) => statements.push(statement));
  return statements;
}

/** The shard of the overview that this person's home tells about itself. */
export const shardOf = (person: string): DurableObjectStub<OverviewShard> =>
  env.OVERVIEW.getByName(stubOf(person).id.toString().slice(-1));

function onStatement(
  stub: DurableObjectStub<Conversation | OverviewShard>,
  take: (statement: Statement) => void,
): Promise<void> {
  return runInDurableObject<Conversation | OverviewShard, void>(stub, (_, state) => {
    const { sql } = state.storage;
    const exec = sql.exec.bind(sql);
    sql.exec = ((query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = exec(query, ...bindings);
      if (query.startsWith(OF_A_TEST)) return cursor;
      const all = cursor.toArray();
      take({ what: whatOf(query), read: cursor.rowsRead, written: cursor.rowsWritten });
      return { toArray: () => all };
    }) as typeof sql.exec;
  });
}

/** Such as `insert turns` or `update replies: state, sid`. */
function whatOf(query: string): string {
  const [, verb = ''] = /^\s*(\w+)/.exec(query) ?? [];
  const [, table = ''] = /(?:UPDATE|INTO|FROM) "?(\w+)/.exec(query) ?? [];
  const [, set = ''] = /^UPDATE \w+ SET (.*?)(?: WHERE |$)/s.exec(query) ?? [];
  const columns = [...set.matchAll(/"(\w+)" =/g)].map(([, column]) => column);
  return `${verb.toLowerCase()} ${table}${columns.length === 0 ? '' : `: ${columns.join(', ')}`}`;
}
