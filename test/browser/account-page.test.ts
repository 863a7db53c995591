import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import {
  accountHeaders,
  renderApp,
  renderDone,
  renderForm,
  renderInstall,
  renderNotice,
} from '../../src/worker/account/page.ts';
import { listenOn } from '../loopback.ts';
import { cells, root, SIZES, useBrowser, violations } from './operator-browser.ts';

// The page where an account at a git host is connected, with the headers it is sent with.

const { page: words } = texts.connections;
const shown = { way: 'form', masked: 'WhatsApp …0123', sender: 'whatsapp:+15555550100' } as const;
const GITHUB = { ...shown, host: 'github.com' };
const PAGES: Readonly<Record<string, string>> = {
  form: renderForm(GITHUB, null),
  refused: renderForm(GITHUB, words.refusals.broad),
  other: renderForm({ ...shown, host: 'git.example.com:8443' }, null),
  app: renderApp(GITHUB, null),
  install: renderInstall('https://github.com/apps/roost/installations/new'),
  done: renderDone(
    { login: 'mara', host: 'github.com', code: 'ABCD-EFGH', sender: shown.sender },
    (words) => `https://wa.me/15555550100?text=${words}`,
  ),
  used: renderNotice(words.used),
};

let url = '';
let posted = '';
const server: Server = createServer((request, response) => {
  request.on('data', (bytes: Buffer) => {
    posted += bytes.toString();
  });
  request.on('end', () => {
    response.writeHead(200, accountHeaders('https://github.com'));
    response.end(PAGES[(request.url ?? '').slice(1)] ?? PAGES.used);
  });
});
const browser = useBrowser(() => url);
beforeAll(async () => {
  url = await listenOn(server);
});
afterAll(() => void server.close());

test.each(cells)('every page fits a $size in $scheme and reads well', async ({ size, scheme }) => {
  const page = await browser.open({ viewport: SIZES[size], colorScheme: scheme, bypassCSP: true });
  for (const name of Object.keys(PAGES)) {
    await page.goto(`${url}/${name}`);
    expect(await violations(page), name).toEqual([]);
    const wide = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
    expect(wide, name).toBeLessThanOrEqual(0);
    await page.screenshot({ path: join(root, 'test-results/screenshots', `account-${name}-${size}-${scheme}.png`) });
  }
});

test('its own style counts, its form posts to itself, and the token is not shown', async () => {
  const page = await browser.open({ viewport: SIZES.phone });
  await page.goto(`${url}/form`);
  const button = page.getByRole('button', { name: 'Connect' });
  expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  const field = page.getByLabel('Fine-grained token');
  expect(await field.getAttribute('type')).toBe('password');
  await field.fill('github_pat_of_mara');
  await button.click();
  await page.waitForLoadState();
  expect(posted).toBe('token=github_pat_of_mara');
  expect(await page.content()).not.toContain('github_pat_of_mara');
});
