import { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { doctorContextOf } from '../../scripts/doctor/context.ts';
import { conversationChecks } from '../../scripts/doctor/conversation-checks.ts';
import { survey } from '../../scripts/doctor/conversation-survey.ts';
import { objectRoutes } from '../../simulator/cloudflare/objects.ts';
import { listen, relayHealth } from './stand-ins.ts';

// The doctor over more conversations than fit on a page of Cloudflare’s list: it reads all of them, a few at a time.

const MANY = 1_010;
const ids = Array.from({ length: MANY }, (_, n) => n.toString(16).padStart(64, '0'));
const healthy = { parked: 0, held: 0, failed: 0, overdue_timers: 0, alarm_at: null, alarm_overdue: false };

const methods = new Set<string>();
const asked: string[] = [];
let [pages, open, most] = [0, 0, 0];
/** By id: the relay's answers about conversations that are not well. */
const strange = new Map<string, (() => Response) | object>();

const app = new Hono();
app.use(async (c, next) => {
  methods.add(c.req.method);
  if (c.req.path.endsWith('/objects')) pages++;
  await next();
});
const script = { name: 'roost', classes: [{ id: 'namespace', name: 'Conversation', sqlite: true }] };
const account = { store: { scripts: [script] }, runtime: { objectIds: async () => ids } };
app.route('/client/v4/accounts/:account/workers/durable_objects/namespaces', objectRoutes(account));
app.get('/operator/health', (c) => c.json(relayHealth([])));
app.get('/operator/conversations/:id/health', async (c) => {
  most = Math.max(most, ++open);
  await new Promise(setImmediate);
  open--;
  const { id } = c.req.param();
  asked.push(id);
  const told = strange.get(id);
  return typeof told === 'function' ? told() : c.json({ ...healthy, ...told });
});

let server: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  server = await listen(app);
});
afterAll(() => server.close());

const world = () => {
  [asked.length, pages, most] = [0, 0, 0];
  return doctorContextOf({
    PUBLIC_URL: server.url,
    OPERATOR_TOKEN: 'operator-token-of-the-test',
    CLOUDFLARE_API_TOKEN: 'cloudflare-token-of-the-test',
    CLOUDFLARE_ACCOUNT_ID: 'f'.repeat(32),
    CLOUDFLARE_API_BASE_URL: `${server.url}/client/v4`,
  });
};

test('each on every page is asked once, also when some tell nothing and some are gone', async () => {
  const [first = '', second = '', last = ''] = [ids[0], ids[1_000], ids.at(-1)];
  strange.set(first, () => new Response('{}', { status: 404 }));
  strange.set(second, () => new Response('{}', { status: 500 }));
  strange.set(last, { parked: 1, alarm_overdue: true });
  const one = world();
  const [parked, overdue] = await Promise.all(conversationChecks.map((check) => check.run(one)));
  expect(parked).toMatchObject({ status: 'warn', detail: `1 reply waits for you in ${last}` });
  expect(overdue).toMatchObject({ status: 'fail', detail: expect.stringContaining(last) });
  expect(await survey(one)).toMatchObject({ untold: 1, more: false });
  strange.delete(last);
  const [well] = await Promise.all(conversationChecks.slice(1).map((check) => check.run(world())));
  expect(well?.detail).toBe(`none; ${MANY - 2} conversations checked, 1 didn’t answer`);
  expect([...asked].sort()).toEqual(ids);
  expect(pages).toBe(2);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(12);
  expect([...methods]).toEqual(['GET']);
});

test('no more are asked than agreed, and that there are more is said', async () => {
  const one = world();
  expect(await survey(one, 1_005)).toMatchObject({ more: true });
  expect(asked).toHaveLength(1_005);
  const [, overdue] = await Promise.all(conversationChecks.map((check) => check.run(one)));
  expect(overdue?.detail).toMatch(/and there are more$/);
});
