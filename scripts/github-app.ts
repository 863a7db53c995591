import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { manifestOf, pageOf, settingsOf } from './github-app/manifest.ts';
import { githubAppWords as words } from './github-app/words.ts';
import { readProdVars, writeProdVars } from './production/prod-vars.ts';

// `npm run github-app`: makes a GitHub App of the operator's from a manifest, and writes its settings to .prod.vars. A
// browser on this computer carries the manifest to GitHub and a code back. Nothing is printed of the keys.

const CONVERSION_MS = 30_000;

async function main(): Promise<number> {
  let organization: string | null;
  try {
    organization = parseArgs({ options: { organization: { type: 'string' } } }).values.organization ?? null;
  } catch {
    return fail(words.usage, 2);
  }
  if (organization !== null && !/^[A-Za-z0-9-]{1,39}$/.test(organization)) return fail(words.badOrganization, 2);
  const vars = readProdVars();
  const publicUrl = (vars.PUBLIC_URL ?? '').replace(/\/+$/, '');
  if (publicUrl === '') return fail(words.noAddress, 1);
  if (!vars.SECRETS_KEY) return fail(words.noKey, 1);
  if (vars.GITHUB_APP_SLUG) return fail(words.has(vars.GITHUB_APP_SLUG), 1);
  const web = (vars.GIT_HOSTS_URL || 'https://{host}').replace('{host}', 'github.com');
  const api = vars.GIT_API_URL || 'https://api.github.com';
  const code = await codeFromBrowser(publicUrl, organization, web);
  const asked = fetch(`${api}/app-manifests/${code}/conversions`, {
    method: 'POST',
    headers: { accept: 'application/vnd.github+json', 'user-agent': 'roost' },
    signal: AbortSignal.timeout(CONVERSION_MS),
  });
  const response = await asked.catch(() => null);
  if (response === null) return fail(words.noAnswer, 1);
  if (!response.ok) return fail(words.refused(response.status), 1);
  const made = settingsOf(await response.json().catch(() => null));
  if (made === null) return fail(words.unreadable, 1);
  writeProdVars(made.vars);
  console.log(words.made(made.slug));
  return 0;
}

/** Serves the page on this computer, until GitHub sends the browser back to it with a code. */
async function codeFromBrowser(publicUrl: string, organization: string | null, web: string): Promise<string> {
  const state = randomBytes(16).toString('hex');
  const came = Promise.withResolvers<string>();
  let address = '';
  const server = createServer((request, response) => {
    const asked = `${address}${request.url}`;
    if (!URL.canParse(asked)) return void response.writeHead(404).end();
    const url = new URL(asked);
    const code = url.searchParams.get('code') ?? '';
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (url.pathname === '/') response.end(pageOf(manifestOf(publicUrl, `${address}/made`), state, organization, web));
    else if (url.pathname !== '/made') response.writeHead(404).end();
    else if (url.searchParams.get('state') !== state || !/^\w{1,100}$/.test(code))
      response.writeHead(400).end(words.wrongState);
    else response.end(words.closePage, () => came.resolve(code));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(`${words.open(address)}\n${words.waits}`);
  try {
    return await came.promise;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function fail(text: string, code: number): number {
  console.error(text);
  return code;
}

process.exitCode = await main();
