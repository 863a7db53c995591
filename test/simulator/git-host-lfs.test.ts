import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { gitToolsPath } from '../vm/git-tools.ts';
import { type GitHostStand, openGitHost } from './git-host-stand.ts';

// Git LFS at the stand-in: the real git-lfs, and the signed addresses of objects.

const tools = await gitToolsPath();
const SHOP = 'robin-field/shop';

let stand: GitHostStand;
afterEach(() => stand.close());

const basic = (token: string): string => `Basic ${btoa(`x-access-token:${token}`)}`;
const token = (more: object = {}): string =>
  stand.world.addToken({ kind: 'classic', login: 'robin-field', scopes: ['repo'], ...more }).token;

type Batch = { objects: { actions?: Record<string, { href: string }>; error?: { code: number } }[] };
async function batch(operation: string, oid: string, as: string): Promise<{ status: number; body: Batch }> {
  const response = await fetch(`${stand.url}/github.com/${SHOP}.git/info/lfs/objects/batch`, {
    method: 'POST',
    headers: { authorization: basic(as) },
    body: JSON.stringify({ operation, objects: [{ oid, size: 3 }] }),
  });
  return { status: response.status, body: (await response.json()) as Batch };
}

describe.runIf('path' in tools)('the real git-lfs', () => {
  test('a large file goes up with a push and comes down with a clone; neither shows the token to the storage', async () => {
    stand = await openGitHost();
    const env = {
      PATH: 'path' in tools ? tools.path : '',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `http.${stand.url}/github.com/.extraheader`,
      GIT_CONFIG_VALUE_0: `Authorization: ${basic(token())}`,
    };
    const run = (cwd: string, ...args: string[]) => stand.git(cwd, args, env);
    const address = `${stand.url}/github.com/${SHOP}.git`;
    await run(stand.folder, 'lfs', 'install', '--skip-repo');
    await run(stand.folder, 'clone', '--quiet', address, 'one');
    const one = join(stand.folder, 'one');
    await run(one, 'lfs', 'track', '*.bin');
    const content = Buffer.alloc(3_000_000, 7);
    writeFileSync(join(one, 'large.bin'), content);
    await run(one, 'add', '.');
    await run(one, 'commit', '--quiet', '-m', 'Large');
    expect(await run(one, 'push', '--quiet', 'origin', 'main')).toMatchObject({ code: 0 });
    expect(await run(stand.folder, 'clone', '--quiet', address, 'two')).toMatchObject({ code: 0 });
    expect(readFileSync(join(stand.folder, 'two/large.bin')).equals(content)).toBe(true);
    const objects = stand.requests.filter(({ path }) => path.startsWith('/_lfs/'));
    expect(objects.map(({ method, authorization, status }) => [method, authorization, status])).toEqual([
      ['PUT', null, 200],
      ['GET', null, 200],
    ]);
  });
});

test('an address of the storage is for one object, one verb, one hour, and takes no credential', async () => {
  let now = Date.now();
  stand = await openGitHost({ now: () => now });
  const oid = createHash('sha256').update('abc').digest('hex');
  const { href = '' } = (await batch('upload', oid, token())).body.objects[0]?.actions?.upload ?? {};
  const put = (url: string, body: string, headers = {}) => fetch(url, { method: 'PUT', body, headers });
  expect((await put(href.replace(oid, 'f'.repeat(64)), 'abc')).status).toBe(403);
  expect((await put(href, 'abc', { authorization: basic(token()) })).status).toBe(400);
  expect((await put(href, 'another')).status).toBe(422);
  expect((await batch('download', oid, token())).body.objects[0]?.error?.code).toBe(404);
  expect((await put(href, 'abc')).status).toBe(200);
  expect((await fetch(href)).status).toBe(404);
  const download = (await batch('download', oid, token())).body.objects[0]?.actions?.download?.href ?? '';
  expect(await (await fetch(download)).text()).toBe('abc');
  now += 3_601_000;
  expect((await fetch(download)).status).toBe(403);
});

test('two uploads of one object at once don’t disturb each other', async () => {
  stand = await openGitHost();
  const oid = createHash('sha256').update('abc').digest('hex');
  const { href = '' } = (await batch('upload', oid, token())).body.objects[0]?.actions?.upload ?? {};
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  const slowly = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('ab'));
      await goOn;
      controller.enqueue(new TextEncoder().encode('c'));
      controller.close();
    },
  });
  const slow = fetch(href, { method: 'PUT', body: slowly, duplex: 'half' } as RequestInit);
  await expect.poll(() => stand.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  expect((await fetch(href, { method: 'PUT', body: 'another' })).status).toBe(422);
  resolve();
  expect((await slow).status).toBe(200);
});

test('a token that may only read gets no address to write', async () => {
  stand = await openGitHost();
  const reader = token({ kind: 'fine-grained', permissions: { contents: 'read' } });
  expect((await batch('download', 'a'.repeat(64), reader)).status).toBe(200);
  expect((await batch('upload', 'a'.repeat(64), reader)).status).toBe(403);
});
