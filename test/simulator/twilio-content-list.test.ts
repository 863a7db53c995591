import { afterEach, beforeEach, expect, test } from 'vitest';
import { ACCOUNT, type Stand, startStand, TOKEN } from './twilio-stand.ts';

// The list of content, page by page, by the official client.

let stand: Stand;
beforeEach(async () => {
  stand = await startStand();
});
afterEach(() => stand.close());

const create = async (name: string): Promise<void> => {
  const response = await fetch(`${stand.apiUrl}/v1/Content`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ friendly_name: name, language: 'en', types: { 'twilio/text': { body: 'Hello' } } }),
  });
  expect(response.status).toBe(201);
};

test('content is listed newest first, over pages', async () => {
  for (const name of ['one', 'two', 'three']) await create(name);
  const contents = stand.client.content.v1.contents;
  expect((await contents.list({ pageSize: 2 })).map(({ friendlyName }) => friendlyName)).toEqual([
    'three',
    'two',
    'one',
  ]);
  expect((await contents.page({ pageSize: 2 })).instances).toHaveLength(2);
});

test('an unknown name in the query is refused', async () => {
  const headers = { authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}` };
  const response = await fetch(`${stand.apiUrl}/v1/Content?FriendlyName=one`, { headers });
  expect(await response.json()).toMatchObject({ code: 20001 });
});
