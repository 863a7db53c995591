import { env, exports } from 'cloudflare:workers';
import type { JWK } from 'jose';
import { afterEach, expect, test } from 'vitest';
import { mediaUrl } from '../../src/links/media-link.ts';
import { pageUrl } from '../../src/links/page-link.ts';
import { mediaKeyOf } from '../../src/objects/media-bucket.ts';
import { HOUR } from '../../src/units.ts';
import { tellCounted } from '../counted.ts';
import { Person, quiet } from './person.ts';
import { addressObject, post, rows, textForm, useOutside, vars } from './relay.ts';

// How many requests still pass after somebody is out, while their turn runs: the model with the turn's own token, links
// that were sent before, and texts. An answer that has begun is told to its end.

quiet();
const world = useOutside();
const before = { ...vars };
afterEach(() => void Object.assign(vars, before));

const KEY = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as JWK & { d: string };
const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const OPERATOR = { id: 'operator', role: 'owner', isSelf: false } as const;
const ROUNDS = 5;
type Knock = () => Promise<boolean>;

/** The doors of somebody whose turn runs. */
async function doorsOf(person: Person): Promise<Record<string, Knock>> {
  await person.says('please');
  const { body } = await world.outside.until(() => world.outside.starts[0]);
  const conversation = addressObject(person.address).id.toString();
  await env.MEDIA?.put(mediaKeyOf(conversation, ID), 'a file');
  await rows(person.address, `INSERT INTO pages (id, markdown, next_part, created_at) VALUES ('${ID}', 'words', 1, 0)`);
  const ref = { conversation, expiresAt: Date.now() + HOUR };
  const passes = async (url: string, init?: RequestInit): Promise<boolean> => {
    const response = await exports.default.fetch(url, init);
    await response.body?.cancel();
    return response.status === 200;
  };
  const headers = { authorization: `Bearer ${body.model_token.token}` };
  const request = { method: 'POST', body: '{"model":"claude-sonnet-5"}', headers };
  let texts = 0;
  return {
    model: () => passes('https://relay.example.com/model/v1/messages', request),
    media: () => passes(mediaUrl(vars.PUBLIC_URL as string, KEY, { ...ref, file: ID })),
    pages: () => passes(pageUrl(vars.PUBLIC_URL as string, KEY, { ...ref, page: ID })),
    webhook: async () => {
      const words = `knock ${++texts}`;
      await post('/webhooks/twilio', textForm(person.address, words));
      return (await rows<{ text: string }>(person.address, 'SELECT text FROM messages')).some((m) => m.text === words);
    },
  };
}

/** Knocks at each door. Resolves with those that opened. */
async function knock(doors: Record<string, Knock>): Promise<string[]> {
  const opened: string[] = [];
  for (const [door, opens] of Object.entries(doors)) if (await opens()) opened.push(door);
  return opened;
}

test.for([
  ['blocked', (person: Person) => addressObject(person.address).changeAccess({ to: 'block' }, OPERATOR)],
  ['locked', (person: Person) => addressObject(person.address).changeAccess({ to: 'lock' }, OPERATOR)],
  [
    'off the list',
    // Settings change with a deploy, after which each object starts anew.
    (person: Person) => {
      vars.ALLOWED_SENDERS = '+15555550123';
      return person.evicted();
    },
  ],
] as const)('the first request after somebody is %s is refused, and each one after it', async ([how, put], context) => {
  const person = new Person(world);
  const doors = await doorsOf(person);
  expect(await knock(doors)).toEqual(['model', 'media', 'pages', 'webhook']);
  await put(person);
  const passed: string[] = [];
  for (let round = 0; round < ROUNDS; round++) passed.push(...(await knock(doors)));
  tellCounted(context, { [`requests that pass after somebody is ${how}`]: passed.length });
  expect(passed).toEqual([]);
});
