import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { parseDevVars } from '../../scripts/local/dev-vars.ts';
import { signJwt } from '../../src/git-hosts/github-app.ts';
import { type GitHostStand, openGitHost } from '../simulator/git-host-stand.ts';

// `npm run github-app`, with the stand-in for GitHub: a browser carries the manifest there, and a code back.

const SCRIPT = resolve(import.meta.dirname, '../../scripts/github-app.ts');
let stand: GitHostStand;
let folder: string;
let file: string;

beforeEach(async () => {
  stand = await openGitHost();
  folder = mkdtempSync(join(tmpdir(), 'roost-github-app-'));
  file = join(folder, '.prod.vars');
});
afterEach(async () => {
  await stand.close();
  rmSync(folder, { recursive: true, force: true });
});

const usual = (): string =>
  [
    'PUBLIC_URL=https://relay.example.com',
    `SECRETS_KEY=${'A'.repeat(43)}`,
    `GIT_API_URL=${stand.apiUrl}`,
    `GIT_HOSTS_URL=${stand.hostsUrl}`,
    '',
  ].join('\n');

type Ended = { code: number | null; said: string };
function run(args: string[] = []): { page: Promise<string>; ended: Promise<Ended> } {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, ROOST_PROD_VARS: file };
  const child = spawn(process.execPath, [SCRIPT, ...args], { env });
  onTestFinished(() => void child.kill());
  const page = Promise.withResolvers<string>();
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (url !== undefined) page.resolve(url);
    });
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, said })));
  return { page: page.promise, ended };
}

/** What the page would send to GitHub. */
async function readPage(url: string): Promise<{ action: URL; manifest: string }> {
  const html = (await (await fetch(url)).text()).replaceAll(/&#(\d+);/g, (_, code: string) =>
    String.fromCharCode(Number(code)),
  );
  const action = new URL(/action="([^"]+)"/.exec(html)?.[1] ?? '');
  return { action, manifest: /name="manifest" value="([\s\S]+?)">\n<button/.exec(html)?.[1] ?? '' };
}

test('a request that is no page of it gets 404, and it goes on waiting', async () => {
  writeFileSync(file, usual());
  const { page, ended } = run();
  const url = await page;
  for (const path of ['//', '/elsewhere', '/made?state=x&code=y'])
    expect((await fetch(`${url}${path}`)).status).toBe(path.startsWith('/made') ? 400 : 404);
  expect((await fetch(url)).status).toBe(200);
  expect(await Promise.race([ended, 'waits'])).toBe('waits');
});

test('makes an App that may not change workflows, and writes its settings with a key that the relay can use', async () => {
  writeFileSync(file, usual());
  const { page, ended } = run();
  const url = await page;
  const { action, manifest } = await readPage(url);
  expect(action.pathname).toBe('/github.com/settings/apps/new');
  const read = JSON.parse(manifest) as Record<string, unknown>;
  expect(read).toMatchObject({
    public: false,
    callback_urls: ['https://relay.example.com/account/callback'],
    hook_attributes: { url: 'https://relay.example.com/webhooks/git', active: true },
  });
  expect(Object.keys(read.default_permissions as object)).not.toContain('workflows');
  const code = stand.world.takeManifest('robin-field', manifest) ?? '';
  const state = action.searchParams.get('state') ?? '';
  expect((await fetch(`${url}/made?code=${code}&state=another`)).status).toBe(400);
  expect((await fetch(`${url}/made?code=${code}&state=${state}`)).status).toBe(200);
  const { code: exit, said } = await ended;
  expect([exit, said]).toEqual([0, expect.stringContaining('npm run deploy')]);
  const vars = parseDevVars(readFileSync(file, 'utf8'));
  expect(vars).toMatchObject({
    PUBLIC_URL: 'https://relay.example.com',
    GITHUB_APP_SLUG: expect.stringMatching(/^roost-/) as string,
  });
  const { GITHUB_APP_ID: id = '', GITHUB_APP_PRIVATE_KEY: privateKey = '', GITHUB_CLIENT_SECRET: secret = '' } = vars;
  expect(said).not.toContain(secret);
  const authorization = `Bearer ${await signJwt({ id, privateKey }, Date.now())}`;
  expect((await fetch(`${stand.apiUrl}/app/installations`, { headers: { authorization } })).status).toBe(200);
});

test.each([
  ['without an address of the relay', 'SECRETS_KEY=x\n', 'npm run setup'],
  ['without a key for secrets', 'PUBLIC_URL=https://relay.example.com\n', 'SECRETS_KEY is missing'],
  [
    'with an App',
    `PUBLIC_URL=https://relay.example.com\nSECRETS_KEY=x\nGITHUB_APP_SLUG=ours\n`,
    'already has the App ours',
  ],
])('%s it says what to do, and changes nothing', async (_, text, words) => {
  writeFileSync(file, text);
  const { code, said } = await run().ended;
  expect([code, said]).toEqual([1, expect.stringContaining(words)]);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
