import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { localVars } from '../../scripts/local/generated-vars.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import { sealSession } from '../../src/links/operator-link.ts';
import { ASSETS, root, useBrowser } from './operator-browser.ts';

// The operator's page in this process, with made-up objects behind it, and a browser that is logged in.

/** Its types are those of another platform. */
const ROUTES = join(root, 'src/worker/operator/routes.ts');
export const SESSION = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const vars = Object.fromEntries(localVars().map(({ name, value }) => [name, value]));
const key = JSON.parse(vars.MACHINE_SIGNING_KEY ?? '') as { d: string };

export type OperatorStage = {
  /** What was asked, as `GET /operator/audit`, with `(part)` where the page's script asked. */
  asked: string[];
  /** What is answered to everything but assets; null: as it is. */
  status: number | null;
  /** The view, for somebody who is logged in, at this time. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Lines of the console that are no problem in this test. */
  expects(lines: RegExp): void;
};

/** `env`: the objects. `person`: who is logged in. */
export function useStage(env: object, { person, now }: { person: string; now: number }): OperatorStage {
  let server: ServerType;
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = useBrowser(origin);
  const stage: OperatorStage = {
    asked: [],
    status: null,
    expects: browser.expects,
    async open(path, options) {
      const page = await browser.open(options, logIn);
      await page.clock.install({ time: now });
      await page.goto(origin() + path);
      return page;
    },
  };
  const logIn = (context: BrowserContext): Promise<void> => {
    const value = sealSession(key, { person, session: SESSION, expiresAt: Date.now() + 3_600_000 });
    return context.addCookies([
      { name: 'roost-operator', value, url: origin(), httpOnly: true, sameSite: 'Lax' as const },
    ]);
  };
  beforeAll(async () => {
    // As in a Worker.
    Object.assign(globalThis, { scheduler });
    const read = readConfig({ ...vars, ADMIN_SENDERS: '+15555550123' });
    if (!read.ok) throw new Error(read.problems.join());
    const { operator } = (await import(ROUTES)) as { operator: Hono };
    const app = new Hono<{ Variables: { config: Config } }>();
    app.get('/operator/:file{operator\\.(?:css|js)}', (c) => {
      const file = c.req.param('file');
      const type = file.endsWith('css') ? 'text/css' : 'text/javascript';
      return c.body(readFileSync(join(ASSETS, file), 'utf8'), 200, { 'content-type': type });
    });
    app.use(async (c, next) => {
      stage.asked.push(`${c.req.method} ${c.req.path}${c.req.header('x-part') ? ' (part)' : ''}`);
      if (stage.status !== null) return c.json({}, stage.status as 401);
      c.set('config', read.config);
      return next();
    });
    app.route('/operator', operator);
    server = serve({ fetch: (request) => app.fetch(request, env), port: 0, hostname: '127.0.0.1' });
    await new Promise<void>((done) => server.once('listening', () => done()));
  });
  beforeEach(() => {
    stage.status = null;
    stage.asked.splice(0);
  });
  afterAll(() => {
    server.close();
  });
  return stage;
}
