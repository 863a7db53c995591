import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedFirst } from '../../simulator/git-host/seed/first.ts';
import { type FakeGitHost, startGitHost } from '../../simulator/git-host/server.ts';
import { cells, root, SIZES, useBrowser, violations } from './operator-browser.ts';

// The pages where a person "is at GitHub" in a local run.

let host: FakeGitHost;
const folder = mkdtempSync(join(tmpdir(), 'roost-git-host-'));
const browser = useBrowser(() => host.url);
beforeAll(async () => {
  host = await startGitHost({ port: 0, folder, deviceIntervalS: 0 });
  await seedFirst(host, Date.now());
});
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

const SHOP = '/github.com/robin-field/shop';

test.each(cells)('every page fits a $size in $scheme and reads well', async ({ size, scheme }) => {
  const page = await browser.open({ viewport: SIZES[size], colorScheme: scheme, bypassCSP: true });
  const paths = ['/github.com', SHOP, `${SHOP}/pull/2`, `${SHOP}/issues/1`, '/github.com/login/device'];
  const [run] = host.world.store.records.runs;
  paths.push(`${SHOP}/runs/${run?.id}`, `${SHOP}/commit/${run?.sha}`);
  for (const path of [...paths, '/github.com/settings/personal-access-tokens/new', '/github.com/settings/tokens/new']) {
    await page.goto(host.url + path);
    expect(await violations(page), path).toEqual([]);
    const wide = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
    expect(wide, path).toBeLessThanOrEqual(0);
    const name = path.split('/').slice(-2).join('-').replaceAll('.', '-');
    await page.screenshot({ path: join(root, 'test-results/screenshots', `git-host-${name}-${size}-${scheme}.png`) });
  }
});

test('a colleague asks for changes, the checks fail and pass, and the owner merges', async () => {
  const page = await browser.open({ viewport: SIZES.phone });
  await page.goto(`${host.url}${SHOP}/pull/2`);
  await page.getByLabel('What you say').fill('Please say “articles”.');
  await page.getByLabel('On a file, if you like').fill('src/cart-count.ts:3');
  await page.getByRole('button', { name: 'Request changes' }).click();
  await page.getByText('Please say “articles”.').waitFor();
  expect(host.world.store.records.reviews).toMatchObject([{ author: 'robin-field', state: 'CHANGES_REQUESTED' }]);
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.getByRole('button', { name: 'Let them fail' }).click();
  await page.getByText('failure').waitFor();
  await page.getByRole('button', { name: 'Squash and merge' }).click();
  await page.getByText('Merged').waitFor();
  expect(host.world.pulls('robin-field/shop')[0]).toMatchObject({ state: 'closed', mergedBy: 'robin-field' });
});

test('a device’s code is allowed by the person who is chosen above', async () => {
  host.world.addOAuthApp({ clientId: 'local', clientSecret: 's', name: 'Roost', callbackUrl: 'http://127.0.0.1:1/' });
  const post = async (path: string, fields: Record<string, string>) => {
    const headers = { accept: 'application/json' };
    const answer = await fetch(host.url + path, { method: 'POST', headers, body: new URLSearchParams(fields) });
    return (await answer.json()) as Record<string, string>;
  };
  const code = await post('/github.com/login/device/code', { client_id: 'local', scope: 'repo' });
  const page = await browser.open();
  await page.goto(code.verification_uri ?? '');
  await page.getByLabel('You are').selectOption('kim-reyes');
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('The code that you were shown').fill((code.user_code ?? '').toLowerCase());
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Roost is connected.').waitFor();
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const token = await post('/github.com/login/oauth/access_token', {
    client_id: 'local',
    device_code: code.device_code ?? '',
    grant_type,
  });
  expect(host.world.store.token(token.access_token ?? '')).toMatchObject({ login: 'kim-reyes', scopes: ['repo'] });
});

test('a person who changes the account on the page of an App finds the same page, and allows it as that account', async () => {
  const back = `${host.url}/github.com`;
  host.world.addOAuthApp({ clientId: 'other', clientSecret: 's', name: 'Other', callbackUrl: back });
  const query = new URLSearchParams({ client_id: 'other', redirect_uri: back, state: 'a&b', scope: 'repo' });
  const page = await browser.open();
  await page.goto(`${host.url}/github.com/login/oauth/authorize?${query}`);
  await page.getByLabel('You are').selectOption('kim-reyes');
  await page.getByRole('button', { name: 'Change' }).click();
  await page.waitForURL(`**/authorize?${query}`);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/code=/);
  const { searchParams } = new URL(page.url());
  expect(searchParams.get('state')).toBe('a&b');
  const answer = await fetch(`${host.url}/github.com/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ client_id: 'other', client_secret: 's', code: searchParams.get('code') ?? '' }),
  });
  const { access_token = '' } = (await answer.json()) as Record<string, string>;
  expect(host.world.store.token(access_token)).toMatchObject({ login: 'kim-reyes', scopes: ['repo'] });
});

test('an App is installed on chosen repositories and the browser goes back with a code; a page elsewhere can’t press it', async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const back = `${host.url}/github.com`;
  host.world.addApp(
    { id: 5, slug: 'roost', name: 'Roost', clientId: 'Iv', clientSecret: 's', callbackUrls: [back] },
    pem,
  );
  const foreign = await fetch(`${host.url}/github.com/apps/roost/installations/new`, {
    method: 'POST',
    headers: { origin: 'http://evil.example' },
    body: 'account=robin-field&all=yes',
  });
  expect([foreign.status, host.world.store.records.installations]).toEqual([403, []]);
  const page = await browser.open();
  await page.goto(`${host.url}/github.com/apps/roost/installations/new?state=abc`);
  await page.getByRole('button', { name: 'Install' }).click();
  await page.getByRole('alert').getByText('Choose at least one repository of robin-field.').waitFor();
  await page.getByLabel('robin-field/shop').check();
  await page.getByRole('button', { name: 'Install' }).click();
  await page.waitForURL(/installation_id=/);
  const { searchParams } = new URL(page.url());
  const [installation] = host.world.store.records.installations;
  expect(Object.fromEntries(searchParams)).toMatchObject({
    installation_id: String(installation?.id),
    setup_action: 'install',
    state: 'abc',
  });
  expect(searchParams.get('code')).not.toBeNull();
  expect(installation).toMatchObject({
    account: 'robin-field',
    repositories: [host.world.repository('robin-field/shop').id],
  });
});

test('a token is shown once', async () => {
  const page = await browser.open();
  await page.goto(`${host.url}/github.com/settings/personal-access-tokens/new?contents=write&expires_in=7`);
  await page.getByLabel('robin-field/shop').check();
  await page.getByRole('button', { name: 'Make the token' }).click();
  const shown = (await page.locator('main .code').textContent()) ?? '';
  expect(host.world.store.token(shown)).toMatchObject({
    kind: 'fine-grained',
    login: 'robin-field',
    permissions: { contents: 'write' },
  });
});
