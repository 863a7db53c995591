import { exports } from 'cloudflare:workers';
import { afterEach, expect, test } from 'vitest';
import { operatorOverview } from '../../src/texts/operator-overview.ts';
import { useFly } from './fly.ts';
import { quiet } from './person.ts';
import { useOutside, vars } from './relay.ts';

// Orphans on the operator's view of machines: apps at Fly that nobody uses are named, and nothing is changed.

quiet();
const world = useOutside();
const held = useFly(world);
const before = { ...vars };
const HOST = 'https://relay.example.com';
const TOKEN = 'operator-token-of-these-tests';
const { machines: words } = operatorOverview;

afterEach(() => {
  Object.assign(vars, { OPERATOR_TOKEN: before.OPERATOR_TOKEN });
});

async function view(path: string, headersOfView: Record<string, string> = {}): Promise<string> {
  Object.assign(vars, { OPERATOR_TOKEN: TOKEN });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const made = await exports.default.fetch(`${HOST}/operator/login-links`, { method: 'POST', headers });
  const link = /https:[^"\s]+/.exec(await made.text())?.[0] ?? '';
  const answer = await exports.default.fetch(link, { method: 'POST', headers: { origin: HOST }, redirect: 'manual' });
  const cookie = /__Host-roost-operator=[\w-]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '';
  return (
    await exports.default.fetch(HOST + path, { headers: { cookie, accept: 'text/html', ...headersOfView } })
  ).text();
}

const metadata = { roost_deployment: 'relay.example.com' };

/** An app with a machine and a volume, as a conversation makes them. */
async function makeApp(letter: string, deployment: string): Promise<string> {
  const name = `roost-${letter.padEnd(20, letter)}`;
  const call = (path: string, body: object): Promise<Response> =>
    fetch(`https://fly.example.com/v1/apps${path}`, { method: 'POST', body: JSON.stringify(body) });
  await call('', { name, org_slug: 'edge-tests', network: name });
  const volume = await call(`/${name}/volumes`, {
    name: 'data',
    region: 'fra',
    size_gb: 3,
    compute: { memory_mb: 1024 },
  });
  const { id } = (await volume.json()) as { id: string };
  const config = {
    image: 'i',
    metadata: { ...metadata, roost_deployment: deployment },
    mounts: [{ volume: id, path: '/data' }],
  };
  const made = await call(`/${name}/machines`, { name: 'one', region: 'fra', config });
  expect(made.ok).toBe(true);
  return name;
}

test('apps of this deployment without a conversation are named when asked for, and nothing is changed', async () => {
  const [orphan, other] = [await makeApp('a', 'relay.example.com'), await makeApp('b', 'other.example.com')];
  expect(await view('/operator/machines')).not.toContain(orphan);
  const changes = held.fly.changes.length;
  const page = await view('/operator/machines?orphans=1');
  expect(page).toContain(orphan);
  expect(page).toContain('3 GB');
  expect(page).not.toContain(other);
  expect(held.fly.changes.slice(changes)).toEqual([]);
  // The script asks for the view every few seconds, and keeps what was found.
  expect(page).toContain('<div id="orphans" class="views" data-keep>');
  const calls = held.fly.calls.length;
  expect(await view('/operator/machines?orphans=1', { 'x-part': 'main' })).toContain(
    '<div id="orphans" class="views">',
  );
  expect(held.fly.calls.length).toBe(calls);
});

test('apps of other deployments don’t hide those of this one, and what nobody looked at is counted', async () => {
  const letters = 'bcdefghijklmnopqrstuvwxyz234567'.split('');
  for (const letter of letters) await makeApp(letter, 'other.example.com');
  for (const letter of letters.slice(0, 15)) await makeApp(`2${letter}`.repeat(10), 'other.example.com');
  const orphan = await makeApp('z2'.repeat(10), 'relay.example.com');
  const page = await view('/operator/machines?orphans=1');
  expect(page).toContain(orphan);
  expect(page).not.toContain('not looked at');
  for (const letter of letters.slice(0, 28))
    for (const other of ['a', 'b']) await makeApp(`${other}${letter}`.repeat(10), 'other.example.com');
  expect(await view('/operator/machines?orphans=1')).toContain(words.unseen(2));
});

test('a Fly that refuses is said, and the rest of the view stays', async () => {
  held.fly.onCall = () => Response.json({ error: 'unauthorized' }, { status: 401 });
  const page = await view('/operator/machines?orphans=1');
  expect(page).toContain(words.flyRefuses('').trim());
  expect(page).toContain(words.noRollout);
});
