import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { runWrangler } from '../../scripts/production/wrangler.ts';
import { type CloudflareOptions, type FakeCloudflare, startCloudflare } from '../../simulator/cloudflare/server.ts';

// The fake Cloudflare under the real wrangler, and its documented refusals.

const TOKEN = 'token-of-the-account';
const ACCOUNT = '0123456789abcdef0123456789abcdef';
const COUNTER = `
import { DurableObject } from 'cloudflare:workers';
export class Counter extends DurableObject {
  async fetch() {
    const n = (this.ctx.storage.kv.get('n') ?? 0) + 1;
    this.ctx.storage.kv.put('n', n);
    return new Response(String(n));
  }
}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/count') return env.COUNTER.getByName('one').fetch(request);
    if (pathname === '/cron') return new Response(await (await env.FILES.get('cron'))?.text());
    return new Response(env.WORD ?? 'no word');
  },
  async scheduled({ cron }, env) { await env.FILES.put('cron', cron); },
};`;
const CONFIG = {
  name: 'counter',
  main: 'worker.mjs',
  compatibility_date: '2026-10-15',
  durable_objects: { bindings: [{ name: 'COUNTER', class_name: 'Counter' }] },
  migrations: [{ tag: 'v1', new_sqlite_classes: ['Counter'] }],
  r2_buckets: [{ binding: 'FILES', bucket_name: 'counter-files' }],
  triggers: { crons: ['*/5 * * * *'] },
};

const opened: FakeCloudflare[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'roost-cloudflare-'));
  folders.push(made);
  return made;
}

async function open(more: Partial<CloudflareOptions> = {}): Promise<FakeCloudflare> {
  const options = { port: 0, token: TOKEN, accountId: ACCOUNT, subdomain: 'example', folder: folder(), ...more };
  const fake = await startCloudflare(options);
  opened.push(fake);
  return fake;
}

type Answer = { success: boolean; errors: { code: number; message: string }[]; result: unknown; result_info?: unknown };

/** A call to the account's API, and its envelope. */
async function call(fake: FakeCloudflare, method: string, path: string, body?: unknown, token = TOKEN) {
  const form = body instanceof FormData;
  const response = await fetch(`${fake.apiBase}${path.startsWith('/user') ? path : `/accounts/${ACCOUNT}${path}`}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(form || body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: form ? body : body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as Answer) };
}

function upload(metadata: object, code = COUNTER): FormData {
  const form = new FormData();
  form.set('metadata', JSON.stringify({ main_module: 'worker.mjs', compatibility_date: '2026-10-15', ...metadata }));
  form.set('worker.mjs', new File([code], 'worker.mjs', { type: 'application/javascript+module' }));
  return form;
}

const NEW_COUNTER = { new_tag: 'v1', steps: [{ new_sqlite_classes: ['Counter'] }] };
const COUNTER_BINDING = { name: 'COUNTER', type: 'durable_object_namespace', class_name: 'Counter' };
const SECRET = (text: string) => ({ name: 'WORD', type: 'secret_text', text });
const SIMPLE = (word: string) => `export default { fetch: () => new Response('${word}') };`;
const shown = async (fake: FakeCloudflare, path = '/'): Promise<string> => (await fetch(fake.workerUrl + path)).text();
const versionIds = async (fake: FakeCloudflare): Promise<string[]> => {
  const { result } = await call(fake, 'GET', '/workers/scripts/counter/versions');
  return (result as { items: { id: string }[] }).items.map(({ id }) => id);
};
const deployment = (id: string) => ({ strategy: 'percentage', versions: [{ version_id: id, percentage: 100 }] });

// Wrangler takes seconds for each call, and more on a busy computer.
describe('with the real wrangler', { timeout: 300_000 }, () => {
  test('a deployed Worker runs, with objects, bucket, secrets and cron, and runs again after a restart', async () => {
    const [state, project] = [folder(), folder()];
    writeFileSync(join(project, 'worker.mjs'), COUNTER);
    writeFileSync(join(project, 'wrangler.json'), JSON.stringify(CONFIG));
    let fake = await open({ folder: state });
    expect((await fetch(fake.workerUrl)).status).toBe(404);
    const options = { token: TOKEN, accountId: ACCOUNT, apiBase: fake.apiBase, folder: project };
    expect(await runWrangler(['deploy', '--tag', 'one'], options)).toMatchObject({ code: 0, stderr: '' });
    expect([await shown(fake, '/count'), await shown(fake, '/count')]).toEqual(['1', '2']);
    await call(fake, 'PUT', '/workers/scripts/counter/secrets', SECRET('a secret word'));
    expect([await shown(fake), await shown(fake, '/count')]).toEqual(['a secret word', '3']);
    const listed = await call(fake, 'GET', '/workers/scripts/counter/secrets');
    expect(listed.result).toEqual([{ name: 'WORD', type: 'secret_text' }]);
    expect(await fake.cron('1 2 3 4 5')).toBe('ok');
    expect(await shown(fake, '/cron')).toBe('1 2 3 4 5');

    await fake.stop();
    opened.splice(0);
    fake = await open({ folder: state });
    expect([await shown(fake), await shown(fake, '/count')]).toEqual(['a secret word', '4']);
    const spaces = (await call(fake, 'GET', '/workers/durable_objects/namespaces')).result as {
      id: string;
      class: string;
    }[];
    expect(spaces).toMatchObject([{ name: 'counter_Counter', script: 'counter', class: 'Counter', use_sqlite: true }]);
    const objects = await call(fake, 'GET', `/workers/durable_objects/namespaces/${spaces[0]?.id}/objects`);
    expect(objects.result).toEqual([{ id: expect.stringMatching(/^[0-9a-f]{64}$/), hasStoredData: true }]);

    // Wrangler's own deletion is tried by teardown (scripts/setup.test.ts).
    expect(await call(fake, 'DELETE', '/workers/services/counter')).toMatchObject({ status: 200 });
    expect((await fetch(fake.workerUrl)).status).toBe(404);
  });

  test('a wrong token is said in its words', async () => {
    const fake = await open();
    const options = { accountId: ACCOUNT, apiBase: fake.apiBase, token: 'another-token' };
    const wrong = await runWrangler(['r2', 'bucket', 'list'], options);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('Authentication error [code: 10000]');
  });
});

describe('accounts', () => {
  test('tokens and accounts are told apart', async () => {
    const fake = await open({ accountName: 'My account' });
    expect(await call(fake, 'GET', '/user/tokens/verify')).toMatchObject({ status: 200, result: { status: 'active' } });
    expect(await call(fake, 'GET', '/user/tokens/verify', undefined, 'x')).toMatchObject({
      status: 401,
      errors: [{ code: 1000 }],
    });
    expect(await call(fake, 'GET', '')).toMatchObject({ result: { id: ACCOUNT, name: 'My account' } });
    const other = await fetch(`${fake.apiBase}/accounts/${'f'.repeat(32)}/r2/buckets`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect([other.status, ((await other.json()) as Answer).errors]).toEqual([
      403,
      [{ code: 10000, message: 'Authentication error' }],
    ]);
    expect(await call(fake, 'GET', '/queues')).toMatchObject({ status: 404, success: false, errors: [{ code: 7003 }] });
    expect(await call(fake, 'GET', '/workers/subdomain')).toMatchObject({ result: { subdomain: 'example' } });
  });

  test('a failure is used up by the calls it meets', async () => {
    const fake = await open();
    fake.fail({ method: 'GET', path: /\/r2\/buckets$/, status: 503, times: 2 });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await call(fake, 'GET', '/r2/buckets')).status);
    expect(statuses).toEqual([503, 503, 200]);
  });
});

describe('Workers', () => {
  test('a binding points to a class and a bucket that are there', async () => {
    const fake = await open();
    const put = (metadata: object) => call(fake, 'PUT', '/workers/scripts/counter', upload(metadata));
    expect(await put({ bindings: [COUNTER_BINDING] })).toMatchObject({ status: 400, errors: [{ code: 10061 }] });
    const bucket = { name: 'FILES', type: 'r2_bucket', bucket_name: 'none' };
    expect(await put({ bindings: [bucket] })).toMatchObject({ status: 400, errors: [{ code: 10085 }] });
    for (const [path, code] of [
      ['/workers/services/counter', 10090],
      ['/workers/scripts/counter/deployments', 10007],
    ] as const)
      expect(await call(fake, 'GET', path)).toMatchObject({ status: 404, errors: [{ code }] });
  });

  test('a version that workerd refuses is refused, and the previous one keeps running', async () => {
    const fake = await open();
    await call(fake, 'PUT', '/workers/scripts/counter', upload({}, SIMPLE('one')));
    const broken = await call(fake, 'PUT', '/workers/scripts/counter', upload({}, 'this is not a program'));
    expect(broken).toMatchObject({ status: 400, errors: [{ code: 10021 }] });
    expect(await shown(fake)).toBe('one');
    expect(await versionIds(fake)).toHaveLength(1);
  });

  test('a version that throws, the way back, and secrets that have changed since', async () => {
    const fake = await open();
    const post = (path: string, body: unknown) => call(fake, 'POST', `/workers/scripts/counter${path}`, body);
    await call(fake, 'PUT', '/workers/scripts/counter', upload({ bindings: [SECRET('one')] }));
    fake.breakNextVersion();
    const second = await post('/versions', upload({ bindings: [SECRET('two')], annotations: { 'workers/tag': 't' } }));
    expect(second).toMatchObject({ status: 200, result: { number: 2, annotations: { 'workers/tag': 't' } } });
    expect(await shown(fake)).toBe('one');
    const [newer, older] = await versionIds(fake);
    expect(await post('/deployments', deployment(newer ?? ''))).toMatchObject({ status: 200 });
    expect((await fetch(fake.workerUrl)).status).toBe(500);
    expect(await post('/deployments', deployment(older ?? ''))).toMatchObject({
      status: 400,
      errors: [{ code: 10220, message: expect.stringContaining('The following secrets have changed: WORD') }],
    });
    expect(await post('/deployments?force=true', deployment(older ?? ''))).toMatchObject({ status: 200 });
    expect(await shown(fake)).toBe('one');
  });

  test('no way back over a change of classes, and none without a deployment', async () => {
    const fake = await open();
    const put = (metadata: object) => call(fake, 'PUT', '/workers/scripts/counter', upload(metadata));
    await put({});
    expect(
      await call(fake, 'POST', '/workers/scripts/counter/versions', upload({ migrations: NEW_COUNTER })),
    ).toMatchObject({
      status: 400,
      errors: [{ code: 10211 }],
    });
    expect(await put({ migrations: NEW_COUNTER, bindings: [COUNTER_BINDING] })).toMatchObject({ status: 200 });
    expect(await put({ migrations: NEW_COUNTER })).toMatchObject({ status: 412, errors: [{ code: 10079 }] });
    const [, first] = await versionIds(fake);
    expect(
      await call(fake, 'POST', '/workers/scripts/counter/deployments?force=true', deployment(first ?? '')),
    ).toMatchObject({
      status: 400,
      errors: [{ message: expect.stringContaining('A Durable Object migration has occurred') }],
    });
  });

  test('a secret is kept by uploads that keep secrets, never shown, and ends when it is removed', async () => {
    const fake = await open();
    const put = (metadata: object) => call(fake, 'PUT', '/workers/scripts/counter', upload(metadata));
    await put({});
    await call(fake, 'PUT', '/workers/scripts/counter/secrets', { name: 'WORD', text: 'hidden', type: 'secret_text' });
    await put({ keep_bindings: ['secret_text'] });
    expect(await shown(fake)).toBe('hidden');
    const answers = ['/settings', '/secrets', '/versions'].map((path) =>
      call(fake, 'GET', `/workers/scripts/counter${path}`),
    );
    expect(JSON.stringify(await Promise.all(answers))).not.toContain('hidden');
    await call(fake, 'DELETE', '/workers/scripts/counter/secrets/WORD');
    expect(await shown(fake)).toBe('no word');
  });
});

describe('buckets', () => {
  test('one of each name, deleted only when empty', async () => {
    const fake = await open();
    expect(await call(fake, 'POST', '/r2/buckets', { name: 'files' })).toMatchObject({
      status: 200,
      result: { name: 'files' },
    });
    expect(await call(fake, 'POST', '/r2/buckets', { name: 'files' })).toMatchObject({
      status: 409,
      errors: [{ code: 10004 }],
    });
    expect(await call(fake, 'GET', '/r2/buckets/none')).toMatchObject({ status: 404, errors: [{ code: 10006 }] });
    await call(fake, 'PUT', '/r2/buckets/files/objects/a/b', { some: 'thing' });
    expect(await call(fake, 'GET', '/r2/buckets/files/objects')).toMatchObject({ result: [{ key: 'a/b' }] });
    expect(await call(fake, 'DELETE', '/r2/buckets/files')).toMatchObject({ status: 409, errors: [{ code: 10008 }] });
    await call(fake, 'DELETE', `/r2/buckets/files/objects/${encodeURIComponent('a/b')}`);
    expect(await call(fake, 'DELETE', '/r2/buckets/files')).toMatchObject({ status: 200 });
  });
});
