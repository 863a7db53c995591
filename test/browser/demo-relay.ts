import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { OWNER, PEOPLE } from '../../scripts/demo/team.ts';
import { composeWeek } from '../../scripts/demo/week.ts';
import { SIMULATED_SENDER } from '../../scripts/local/generated-vars.ts';
import { freePort } from '../../scripts/local/ports.ts';
import { linkBundle } from '../../scripts/local/relay-bundle.ts';
import { signatureFor } from '../../simulator/twilio/signature.ts';
import { LOCAL_ROUTES, ROUTES } from '../../src/worker/routes.ts';
import { type Bucket, startBucket } from '../relay/bucket.ts';
import { Relay, relayVars } from '../relay/relay.ts';
import { ASSETS, root, useBrowser } from './operator-browser.ts';

// The real relay with the demo's week, and a browser that is logged in there. The machines' provider stops machines and
// answers nothing else, so that the week stays as it is. One rollout has failed.

const TOKEN = 'operator-token-of-these-tests';
const SEED = 20_261_123;
const IMAGE = `registry.fly.io/roost@sha256:${'a'.repeat(64)}`;
const SID = 'SM0000000000000000000000000000';

type Login = Awaited<ReturnType<Awaited<ReturnType<Page['context']>>['storageState']>>;

export type Demo = {
  url: () => string;
  /** A page with a login of its own. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** The same login as the one before it. */
  openAgain(options?: BrowserContextOptions): Promise<Page>;
  /** Lines of the console that are no problem in this test. */
  expects(lines: RegExp): void;
  /** The relay takes this text. */
  text(from: string, name: string, body: string): Promise<void>;
  /** The audit as a script reads it: newest first. */
  audit(): Promise<{ actor: string; action: string; subject: string; detail: string }[]>;
};

/** `isEmpty`: nobody has written yet. */
export function useDemo({ isEmpty = false } = {}): Demo {
  let relay: Relay;
  let folder: string;
  let bucket: Bucket;
  let provider: Server;
  let vars: Record<string, string>;
  let login: Login | undefined;
  let texts = 0;
  const browser = useBrowser(() => relay.url);
  const send = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(relay.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  const asScript = { authorization: `Bearer ${TOKEN}` };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'roost-demo-'));
    bucket = await startBucket();
    provider = createServer((request, response) => {
      response.writeHead(request.url?.endsWith('/stop') ? 200 : 503, { 'content-type': 'application/json' }).end('{}');
    });
    await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done));
    await linkBundle(root, join(folder, 'relay'));
    const port = await freePort();
    const fly = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    vars = relayVars({
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      OPERATOR_TOKEN: TOKEN,
      ADMIN_SENDERS: OWNER,
      ALLOWED_SENDERS: OWNER,
      PAIRING: 'on',
      DAILY_BUDGET_USD: '60',
      MACHINE_PROVIDER: 'fly',
      FLY_API_URL: fly,
      FLY_MACHINES_URL: `${fly}/m/{app}`,
      FLY_API_TOKEN: 'token-of-these-tests',
      FLY_ORG: 'demo',
      FLY_IMAGE: IMAGE,
    }) as Record<string, string>;
    relay = new Relay(root, join(folder, 'relay'), port, vars, { bucket: bucket.address });
    await relay.start();
    if (isEmpty) return;
    // The directory is made by its first call.
    await send('/operator/login-links', '', asScript);
    await relay.kill();
    failRollout(join(relay.objects, 'roost-Directory'));
    await relay.start();
    const people = composeWeek(SEED, Date.now(), SIMULATED_SENDER);
    const told = await Promise.all(people.map((past) => send(LOCAL_ROUTES.past.path, JSON.stringify(past))));
    expect(told.map(({ status }) => status)).toEqual(people.map(() => 200));
  });
  afterAll(async () => {
    await relay.kill();
    bucket.close();
    provider.close();
    provider.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The Worker's static assets come from their folder. */
  const openPage = (options: BrowserContextOptions = {}): Promise<Page> =>
    browser.open({ bypassCSP: true, ...options }, async (context) => {
      for (const file of ['operator.css', 'operator.js'])
        await context.route(`**/operator/${file}`, (route) => route.fulfill({ path: join(ASSETS, file) }));
    });
  const demo: Demo = {
    url: () => relay.url,
    expects: browser.expects,
    async open(options) {
      const made = await send('/operator/login-links', '', asScript);
      const link = /http:[^"\s]+/.exec(await made.text())?.[0] ?? '';
      const page = await openPage(options);
      await page.goto(link);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('heading', { name: 'Now' }).waitFor();
      login = await page.context().storageState();
      return page;
    },
    async openAgain(options) {
      if (login === undefined) await (await demo.open()).context().close();
      return openPage({ ...options, ...(login ? { storageState: login } : {}) });
    },
    async text(from, name, body) {
      const url = relay.url + ROUTES.inbound.path;
      const MessageSid = `${SID}${String(10_000 + texts++).slice(1)}`;
      const form = {
        AccountSid: vars.TWILIO_ACCOUNT_SID ?? '',
        From: from,
        To: SIMULATED_SENDER,
        Body: body,
        NumMedia: '0',
        MessageSid,
        ProfileName: name,
      };
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': signatureFor(vars.TWILIO_AUTH_TOKEN ?? '', url, form),
      };
      expect((await send(ROUTES.inbound.path, new URLSearchParams(form).toString(), headers)).status).toBe(200);
    },
    async audit() {
      const answer = await fetch(`${relay.url}/operator/audit`, { headers: asScript });
      return ((await answer.json()) as { audit: Awaited<ReturnType<Demo['audit']>> }).audit;
    },
  };
  return demo;
}

/** Writes the end of a rollout that failed, as the cron does. */
function failRollout(directory: string): void {
  const name = readdirSync(directory).find((each) => each.endsWith('.sqlite') && !each.startsWith('metadata')) ?? '';
  const database = new DatabaseSync(join(directory, name), { timeout: 20_000 });
  database
    .prepare(`INSERT INTO rollouts (image, settings, state, first, began_at) VALUES (?, 's2', 'failed', NULL, ?)`)
    .run(IMAGE, Date.now() - 3_600_000);
  database.close();
}

export const addressOf = (name: string): string =>
  `whatsapp:${PEOPLE.find((person) => person.name === name)?.number ?? ''}`;
