import { env, exports } from 'cloudflare:workers';
import { ulid } from 'ulid';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Summary } from '../../src/conversation/overview/summary.ts';
import { emptyDay } from '../../src/conversation/state/figures.ts';
import { OverviewShard } from '../../src/objects/overview-shard.ts';
import { operatorOverview as words } from '../../src/texts/operator-overview.ts';
import { quiet } from './person.ts';
import { addressObject, newPerson, post as sendWebhook, textForm, useOutside, vars } from './relay.ts';

// The operator's views of everybody: what they show of what conversations told, and what an operator does there.

quiet();
const world = useOutside();
const before = { ...vars };
const HOST = 'https://relay.example.com';
const TOKEN = 'operator-token-of-these-tests';
const OWNER = 'whatsapp:+15555550190';
let cookie: string;

beforeEach(async () => {
  Object.assign(vars, {
    OPERATOR_TOKEN: TOKEN,
    ADMIN_SENDERS: OWNER.slice(9),
    PAIRING: 'on',
    ALLOWED_SENDERS: OWNER.slice(9),
  });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const made = await exports.default.fetch(`${HOST}/operator/login-links`, { method: 'POST', headers });
  const link = /https:[^"\s]+/.exec(await made.text())?.[0] ?? '';
  const answer = await exports.default.fetch(link, { method: 'POST', headers: { origin: HOST }, redirect: 'manual' });
  cookie = /__Host-roost-operator=[\w-]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '';
});
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(vars, before);
});

const view = async (path: string): Promise<string> =>
  (await exports.default.fetch(`${HOST}/operator/${path}`, { headers: { cookie, accept: 'text/html' } })).text();
const press = (path: string, op = ulid(), sure = '&sure=yes'): Promise<Response> =>
  exports.default.fetch(`${HOST}/operator/${path}`, {
    method: 'POST',
    headers: { cookie, accept: 'text/html', origin: HOST, 'content-type': 'application/x-www-form-urlencoded' },
    body: `op=${op}${sure}`,
    redirect: 'manual',
  });

const today = new Date().toISOString().slice(0, 10);
const EVIL = '<img src=x onerror=alert(1)>';

/** Tells the shard about a person whose name is script. */
async function tell(n: number, change: Partial<Summary> = {}): Promise<string> {
  const id = n.toString(16).padStart(64, '0');
  const figures = {
    ...emptyDay(today),
    models: { [EVIL]: 1_500_000 },
    turns: 2,
    waits: { typing: { 3: 1 }, agent: { 9: 1 }, words: { 20: 2 } },
  };
  await env.OVERVIEW.getByName(id.slice(-1)).tell({
    person: { id, name: `Ann ${EVIL}`, role: 'member', standing: 'in', masked: `WhatsApp …${1000 + n}` },
    lastTextAt: Date.now(),
    queue: 0,
    attention: null,
    live: null,
    machine: null,
    month: today.slice(0, 7),
    monthMicros: 1_500_000,
    days: [figures],
    plans: '',
    ...change,
  });
  return id;
}

test('every view shows what was told, with what anybody wrote as text', async () => {
  const live = { state: 'running', turn: 'T', attempt: 1, since: Date.now() } as const;
  const id = await tell(1, { live, attention: 'stuck', queue: 2 });
  const other = await tell(2, { monthMicros: 3000 });
  const pages = await Promise.all(['now', 'people', 'money', 'latency', 'machines', 'schedules'].map(view));
  const [now = '', people = '', money = '', latency = ''] = pages;
  for (const page of pages) expect(page).not.toContain(EVIL);
  for (const page of [now, people]) expect(page).toContain(`href="/operator/people/${id}"`);
  expect(now).toContain(words.attention.stuck);
  expect(now).toContain('$1.50');
  expect(people).toContain('Ann &lt;img src=x onerror=alert(1)&gt;');
  expect(people).toContain('&lt;$0.01');
  expect(money).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(latency).toContain(words.latency.waits.words);
  expect(await view('people?q=ann')).toContain(id);
  const dearest = await view('people?list=dearest');
  expect(dearest).toContain(words.people.inSteps);
  expect(dearest.indexOf(id)).toBeLessThan(dearest.indexOf(other));
  expect(await view(`people?q=${encodeURIComponent('"><script>')}`)).not.toContain('<script>');
});

test('with nothing told each view says so, and a shard that doesn’t answer is told', async () => {
  const empty: [string, string][] = [
    ['now', words.now.noTrouble],
    ['people?list=attention', words.people.nobody],
    ['money', words.money.noFigures],
    ['latency', words.latency.noFigures],
    ['machines', words.machines.noRollout],
    ['schedules', words.schedules.noneDue],
  ];
  for (const [path, said] of empty) expect(await view(path)).toContain(said);
  vi.spyOn(OverviewShard.prototype, 'now').mockImplementation(() => {
    throw new Error('broken');
  });
  expect(await view('now')).toContain(words.missing(16));
});

test('each of our addresses: whether texts arrive there and replies leave, and since when not', async () => {
  const bot = 'telegram:4815162342';
  Object.assign(vars, { TELEGRAM_BOT_TOKEN: `${bot.slice(9)}:of-these-tests` });
  const shown = async (): Promise<string[]> =>
    [...(await view('now')).matchAll(/<tr data-row>(<td[^>]*><div>(?:[^<]* (?:number|bot)\b).*?)<\/tr>/g)].map(
      ([, row = '']) =>
        row
          .replace(/<[^>]+>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim(),
    );
  const { arrive, leave, mayBeLost, wait } = words.channels;
  const [ours = ''] = vars.TWILIO_SENDERS?.split(',') ?? [];
  expect(await shown()).toEqual([
    `WhatsApp number ending in 00 ${arrive} ${leave}`,
    `SMS number ending in 00 ${arrive} ${leave}`,
    `Telegram bot ${arrive} ${leave}`,
  ]);
  const directory = env.DIRECTORY.getByName('directory');
  await directory.webhookLooked(bot, { kind: 'revoked' });
  const told = { failure: 'rate', code: 20429, news: 'refuses', lastedMs: 1000, waitMs: 60_000 } as const;
  for (const n of [1, 2]) await directory.outage({ ...told, sender: ours, conversation: String(n).repeat(64) });
  const [whatsapp, , telegram] = await shown();
  expect(whatsapp).toMatch(new RegExp(`00 ${arrive} ${wait(2)} since 20..-`));
  expect(telegram).toMatch(new RegExp(`bot ${mayBeLost} since 20..-.* ${leave}$`));
});

test('two operators answer a stranger and see to an alert: one press counts, and the audit has it', async () => {
  await sendWebhook('/webhooks/twilio', textForm(OWNER, '/timezone UTC'));
  const stranger = newPerson();
  await sendWebhook('/webhooks/twilio', textForm(stranger, 'hello'));
  const n = await world.outside.until(async () => /strangers\/(\d+)\/yes/.exec(await view('now'))?.[1]);
  const asks = (await view('now')).match(/strangers\/\d+\/\w+" data-confirm="(?:Let|Keep) [^"]+\? They are told/g);
  expect(asks).toHaveLength(2);
  const question = await (await press(`strangers/${n}/no`, ulid(), '')).text();
  expect(question).toMatch(/Keep [^<]+ out\? They are told/);
  const both = [await press(`strangers/${n}/yes`), await press(`strangers/${n}/yes`)];
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  expect(await addressObject(stranger).standing()).toBe('served');
  expect(await view('now')).not.toContain(`strangers/${n}/yes`);
  expect((await view('audit')).match(/by pairing/g)).toHaveLength(1);

  const directory = env.DIRECTORY.getByName('directory');
  await directory.raise({ cause: 'rollout-stuck', text: 'It is stuck.', conversation: null, ref: null });
  const alert = /alerts\/(\w+)\/acknowledge/.exec(await view('now'))?.[1] ?? '';
  const outcomes = await Promise.all([press(`alerts/${alert}/acknowledge`), press(`alerts/${alert}/acknowledge`)]);
  const told = outcomes.map(({ headers }) => headers.get('location')?.split('told=')[1]);
  expect(told.sort()).toEqual(['acknowledged', 'nothing-to-do']);
  expect(await view('now')).not.toContain('It is stuck.');
});
