import { exports } from 'cloudflare:workers';
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Directory } from '../../src/objects/directory.ts';
import { OperatorDesk } from '../../src/objects/operator-desk.ts';
import { OverviewShard } from '../../src/objects/overview-shard.ts';
import { operatorConversation } from '../../src/texts/operator-conversation.ts';
import { operatorOverview } from '../../src/texts/operator-overview.ts';
import { operatorPage as words } from '../../src/texts/operator-page.ts';
import { Person, quiet } from './person.ts';
import { addressObject, useOutside, vars } from './relay.ts';

// What the operator's page asks gives neither an answer nor an error: each request gets a page in time, which says what
// to do.

quiet();
const world = useOutside();
const before = { ...vars };
const HOST = 'https://relay.example.com';
const TOKEN = 'operator-token-of-these-tests';
const ID = '0'.repeat(26);
let cookie = '';
let person: string;

const link = async (): Promise<string> => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const made = await exports.default.fetch(`${HOST}/operator/login-links`, { method: 'POST', headers });
  return /https:[^"\s]+/.exec(await made.text())?.[0] ?? '';
};
const ask = (path: string, body?: Record<string, string>): Promise<Response> =>
  exports.default.fetch(path.startsWith('http') ? path : `${HOST}/operator/${path}`, {
    headers: { cookie, accept: 'text/html', origin: HOST, 'content-type': 'application/x-www-form-urlencoded' },
    redirect: 'manual',
    ...(body === undefined ? {} : { method: 'POST', body: new URLSearchParams(body).toString() }),
  });
const cookieOf = (answer: Response): string => answer.headers.get('set-cookie') ?? '';

beforeEach(async () => {
  Object.assign(vars, { OPERATOR_TOKEN: TOKEN, ADMIN_SENDERS: '' });
  cookie = '';
  cookie = /__Host-roost-operator=[\w-]+/.exec(cookieOf(await ask(await link(), {})))?.[0] ?? '';
  const someone = new Person(world);
  await someone.says('/help');
  person = `people/${addressObject(someone.address).id.toString()}`;
});
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(vars, before);
});

/** These methods never answer, and every wait is a tenth. */
function silence(target: object, methods: readonly string[]): void {
  const wait = scheduler.wait.bind(scheduler);
  if (!vi.isMockFunction(scheduler.wait))
    vi.spyOn(scheduler, 'wait').mockImplementation((ms, options) => wait(ms / 10, options));
  const silenced = target as Record<string, () => unknown>;
  for (const method of methods) vi.spyOn(silenced, method).mockImplementation(never);
}
const never = (): Promise<never> => new Promise(() => undefined);

const VIEWS = ['now', 'people', 'money', 'latency', 'machines', 'schedules', 'audit'];
const pressed = (): [string, Record<string, string>][] => [
  [`${person}/act`, { op: ulid(), do: 'wake-machine' }],
  [`${person}/access`, { op: ulid(), change: 'lock' }],
  [`${person}/show`, { reason: 'asked for help' }],
  [`${person}/copy`, { reason: 'asked for help' }],
  ['strangers/1/yes', { op: ulid(), sure: 'yes' }],
  [`alerts/${ID}/acknowledge`, {}],
  ['rollout/retry', {}],
  [`sessions/${ID}/end`, { sure: 'yes' }],
];

describe('the directory is silent', () => {
  test('about who asks: every view and press says to load it again, and the cookie of a logout is gone', async () => {
    silence(OperatorDesk.prototype, ['operator']);
    const all: [string, Record<string, string> | undefined][] = [
      ...VIEWS.map((path): [string, undefined] => [path, undefined]),
      ...pressed(),
    ];
    await Promise.all(
      all.map(async ([path, body]) => {
        const answer = await ask(path, body);
        expect([path, answer.status, (await answer.text()).includes(words.unavailable.text)]).toEqual([
          path,
          503,
          true,
        ]);
      }),
    );
    const out = await ask('logout', {});
    expect([out.status, await out.text()]).toEqual([503, expect.stringContaining(words.loggedOutHere.text)]);
    expect(cookieOf(out)).toContain('__Host-roost-operator=; Max-Age=0');
  });

  test('about a login: the page and its button say what to do', async () => {
    const address = await link();
    silence(OperatorDesk.prototype, ['whose', 'logIn']);
    const [page, press] = [await ask(address), await ask(address, {})];
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining(words.unavailable.text)]);
    expect([press.status, await press.text()]).toEqual([503, expect.stringContaining(words.loginUnsure.text)]);
    expect(cookieOf(press)).toBe('');
  });

  test('about everything else: a press may be done, and a script with the token is told as well', async () => {
    silence(Directory.prototype, [
      'alerts',
      'strangers',
      'health',
      'audit',
      'wish',
      'acknowledge',
      'recordAudit',
      'beginRolloutAnew',
    ]);
    silence(OperatorDesk.prototype, ['end']);
    await Promise.all([
      ...['now', 'machines', 'audit'].map(async (path) => expect((await ask(path)).status).toBe(503)),
      ...pressed().map(async ([path, body]) => {
        const answer = await ask(path, body);
        const { text } = operatorConversation.unsure;
        expect([path, answer.status, (await answer.text()).includes(text)]).toEqual([path, 503, true]);
      }),
      (async () => {
        const headers = { authorization: `Bearer ${TOKEN}` };
        const answer = await exports.default.fetch(`${HOST}/operator/health`, { headers });
        expect([answer.status, await answer.json()]).toEqual([503, { error: words.unavailable.text }]);
      })(),
    ]);
  });
});

test('silent shards: every view is there and says that people are missing', async () => {
  silence(OverviewShard.prototype, ['now', 'people', 'days', 'plans']);
  for (const path of VIEWS.filter((view) => view !== 'audit')) {
    const answer = await ask(path);
    expect([path, answer.status, (await answer.text()).includes(operatorOverview.missing(16))]).toEqual([
      path,
      200,
      true,
    ]);
  }
});
