import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { Conversation } from '../../src/objects/conversation.ts';
import type { Alert, AlertDelivery } from '../../src/objects/stores/directory-store.ts';
import { addressObject, OURS, rows, stubOf, useOutside, vars } from './relay.ts';

// Alerts to the operator: stored, sent once, delivered to each place independently, and without private content.

const HOUR = 3_600_000;
const ADMINS = ['whatsapp:+15555550181', 'whatsapp:+15555550182'];
const CONVERSATION = 'ab'.repeat(32);

const world = useOutside();
const network = globalThis.fetch;
let hooked: { body: string; type: string | null }[] = [];
let hook: () => Response | Promise<Response>;
let notify = vi.spyOn(Conversation.prototype, 'notify');
const errors = vi.spyOn(console, 'error');

beforeEach(() => {
  Object.assign(env, {
    ADMIN_SENDERS: '+15555550181,+15555550182',
    ALERT_WEBHOOK_URL: 'https://hooks.example.com/services/x',
  });
  globalThis.fetch = async (input, init) => {
    const request = new Request(input as RequestInfo, init);
    if (request.url !== 'https://hooks.example.com/services/x') return network(request);
    hooked.push({ body: await request.text(), type: request.headers.get('content-type') });
    return hook();
  };
  hooked = [];
  hook = () => new Response(null, { status: 204 });
  notify.mockReset().mockImplementation(() => undefined);
  errors.mockReset().mockImplementation(() => undefined);
});
afterEach(() =>
  inside((sql) => {
    sql.exec('DELETE FROM deliveries');
    sql.exec('DELETE FROM alerts');
  }),
);

const directory = () => env.DIRECTORY.getByName('directory');
const inside = <T>(work: (sql: SqlStorage, state: DurableObjectState) => T): Promise<T> =>
  runInDurableObject(directory(), (_, state) => work(state.storage.sql, state));
const deliveries = (): Promise<AlertDelivery[]> =>
  inside((sql) =>
    sql
      .exec<{ alert: string; kind: AlertDelivery['kind']; address: string; due_at: number; attempts: number }>(
        'SELECT * FROM deliveries ORDER BY kind, address',
      )
      .toArray()
      .map(({ due_at, ...row }) => ({ ...row, dueAt: due_at })),
  );
const raise = (cause: string, text = 'Put it right.', conversation: string | null = CONVERSATION): Promise<void> =>
  directory().raise({ cause, text, conversation, ref: 'R1' });
const settled = () => world.outside.until(async () => (await deliveries()).length === 0);
/** Makes the next tries due. */
const hurry = async (): Promise<void> => {
  await inside((sql) => sql.exec('UPDATE deliveries SET due_at = 0'));
  await runDurableObjectAlarm(directory());
};

test('is delivered to every operator through their own conversation, and posted once', async () => {
  await raise('window-closed', 'The template is missing.');
  await settled();
  const [alert] = (await directory().alerts()) as unknown as [Alert];
  const sent = { sender: 'whatsapp:+15555550100', id: alert.id };
  const link = `https://relay.example.com/operator/people/${CONVERSATION}`;
  const text = `Roost: The template is missing.\n${link}`;
  const notices = notify.mock.calls.map(([notice]) => notice).sort((a, b) => (a.address < b.address ? -1 : 1));
  expect(notices).toEqual(ADMINS.map((address) => ({ ...sent, address, text })));
  expect(hooked.map(({ type }) => type)).toEqual(['application/json']);
  expect(JSON.parse(hooked[0]?.body ?? '')).toEqual({
    text: 'The template is missing.',
    cause: 'window-closed',
    conversation: CONVERSATION,
    link,
    at: new Date(alert.lastAt).toISOString(),
    count: 1,
  });
  // Nothing waits any more, so nothing wakes the directory.
  await world.outside.until(() => inside(async (_, state) => (await state.storage.getAlarm()) === null));
});

test('one operator sees to an alert, once; raised again it is open again', async () => {
  await raise('window-closed');
  const [alert] = (await directory().alerts()) as unknown as [Alert];
  const both = await Promise.all([directory().acknowledge(alert.id, 'A'), directory().acknowledge(alert.id, 'B')]);
  expect(both.sort()).toEqual([false, true]);
  const audit = (await directory().audit(null)).filter(({ action }) => action === 'acknowledged an alert');
  expect(audit).toMatchObject([{ subject: alert.id, detail: 'window-closed' }]);
  await raise('window-closed');
  expect(await directory().alerts()).toMatchObject([{ count: 2, acknowledgedAt: null, acknowledgedBy: null }]);
  expect(await directory().acknowledge('01NONE', 'A')).toBe(false);
});

test('a cause is told once an hour, and counted meanwhile', async () => {
  await raise('machine-full');
  await raise('machine-full', 'other words');
  await raise('another');
  await raise('machine-full');
  await settled();
  const told = async () => (await directory().alerts()).map(({ cause, count, text }) => [cause, count, text]);
  expect(await told()).toEqual([
    ['another', 1, 'Put it right.'],
    ['machine-full', 3, 'Put it right.'],
  ]);
  expect(hooked).toHaveLength(2);
  await inside((sql) => sql.exec('UPDATE alerts SET first_at = first_at - ?', HOUR + 1));
  await raise('machine-full');
  await settled();
  expect((await told())[0]).toEqual(['machine-full', 1, 'Put it right.']);
  expect(hooked).toHaveLength(3);
});

test.each([
  ['sender-without-number', 2],
  ['sender-blocked/63112', 1],
])('%s, raised again after an hour, is told %i times', async (cause, times) => {
  await raise(cause);
  await inside((sql) => sql.exec('UPDATE alerts SET first_at = first_at - ?', HOUR + 1));
  await raise(cause);
  await settled();
  expect(hooked).toHaveLength(times);
});

test('of several conversations has a row for each, and is told once', async () => {
  await raise('reply-refused/63014');
  await raise('reply-refused/63014', 'Put it right.', 'c'.repeat(64));
  await raise('reply-refused/63014', 'Put it right.', 'c'.repeat(64));
  await settled();
  const rows = (await directory().alerts()).map(({ conversation, count }) => `${conversation?.[0]} ${count}`);
  expect(rows.sort()).toEqual(['a 1', 'c 2']);
  expect(notify).toHaveBeenCalledTimes(ADMINS.length);
});

test('is in its rows when raise returns, and delivered by the alarm after the object has ended', async () => {
  hook = () => new Promise<Response>(() => undefined);
  await raise('before-the-end');
  await world.outside.until(async () => hooked[0] && (await deliveries()).length === 1);
  await inside((_, state) => state.abort('ended by a test')).catch(() => undefined);
  const [alarm, due] = await inside(async (sql, state) => [
    await state.storage.getAlarm(),
    sql.exec<{ at: number }>('SELECT min(due_at) AS at FROM deliveries').one().at,
  ]);
  expect(alarm).toBe(due);
  expect(due).toBeGreaterThan(Date.now());
  hook = () => new Response('ok');
  await hurry();
  await settled();
  expect(hooked).toHaveLength(2);
  expect(notify).toHaveBeenCalledTimes(2);
});

test('a hook that fails is tried again, ever later, in the end every hour for days; the texts do not wait for it', async () => {
  hook = () => new Response('no', { status: 500 });
  // A clock that stands still: the time of the test itself is no part of a wait.
  const [real, at] = [Date.now, Date.now()];
  Date.now = () => at;
  onTestFinished(() => {
    Date.now = real;
  });
  await raise('hook-down');
  const waits: number[] = [];
  for (let tries = 1; tries <= 12; tries++) {
    const [left] = await world.outside.until(async () => {
      const rows = await deliveries();
      return rows.length === 1 && rows[0]?.attempts === tries && errors.mock.calls.length > tries && rows;
    });
    waits.push(((left?.dueAt ?? 0) - at) / 1000);
    if (tries === 1) expect(notify).toHaveBeenCalledTimes(2);
    await hurry();
  }
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
  expect(errors.mock.calls.join()).not.toContain('"givenUp":true');
  await inside((sql) => sql.exec('UPDATE deliveries SET attempts = 81'));
  await hurry();
  await settled();
  expect(errors.mock.calls.join()).toContain('"givenUp":true');
  expect(notify).toHaveBeenCalledTimes(2);
});

test('an operator who cannot be written to holds up nobody else', async () => {
  notify.mockImplementation(({ address }) => {
    if (address === ADMINS[0]) throw new Error('broken');
  });
  await raise('one-broken');
  const rows = await world.outside.until(async () => {
    const left = await deliveries();
    return left.length === 1 && left;
  });
  expect(rows[0]).toMatchObject({ kind: 'text', address: ADMINS[0], attempts: 1 });
  expect(hooked).toHaveLength(1);
  Object.assign(env, { ADMIN_SENDERS: '+15555550182' });
  notify.mockClear();
  await hurry();
  await settled();
  expect(notify).not.toHaveBeenCalled();
});

test('an operator who may not write is told in the conversation they have, however their number is spelled', async () => {
  const [named, known] = ['+5511987654322', 'whatsapp:+551187654322'];
  const before = { ALLOWED_SENDERS: vars.ALLOWED_SENDERS };
  Object.assign(env, { ADMIN_SENDERS: named, ALLOWED_SENDERS: '+15555550123' });
  notify.mockRestore();
  await stubOf(known).notify({ address: known, sender: 'whatsapp:+15555550100', id: 'N1', text: 'earlier' });
  await raise('other-spelling');
  await settled();
  const bodies = await rows(known, 'SELECT body FROM replies ORDER BY seq');
  expect(bodies.map(({ body }) => body)).toEqual(['earlier', expect.stringContaining('Put it right.')]);
  Object.assign(env, before);
  notify = vi.spyOn(Conversation.prototype, 'notify');
});

test.each([
  ['blocked', { to: 'block' }],
  ['made a guest', { to: 'role', role: 'guest' }],
] as const)('an operator who was %s by the owner hears nothing, and holds up nobody', async (_, change) => {
  const [, address] = ADMINS as [string, string];
  await addressObject(address).admit({ address, sender: OURS, role: 'member', name: null, budget: null }, []);
  await addressObject(address).changeAccess(change, { id: 'owner', role: 'owner', isSelf: false });
  await raise(`after-${change.to}`);
  await settled();
  expect(notify.mock.calls.map(([notice]) => notice.address)).toEqual([ADMINS[0]]);
});

test('without operators and hook there is still a row', async () => {
  Object.assign(env, { ADMIN_SENDERS: '', ALERT_WEBHOOK_URL: '' });
  await raise('nobody-listens');
  expect(await deliveries()).toEqual([]);
  expect(await directory().alerts()).toMatchObject([{ cause: 'nobody-listens' }]);
});

test('no phone number and no address of a hook leaves with an alert or gets into the log', async () => {
  hook = () => new Response('no', { status: 500 });
  await raise('chatty', 'Reply to whatsapp:+15555550123 and +1 (555) 555-0124 failed with 63016.');
  await world.outside.until(() => errors.mock.calls.length > 1);
  expect((await directory().alerts())[0]?.text).toBe('Reply to whatsapp:[number] and [number] failed with 63016.');
  const said = JSON.stringify([hooked, errors.mock.calls, notify.mock.calls.map(([notice]) => notice.text)]);
  expect(said).not.toMatch(/555-?01(23|24|81)|hooks\.example/);
});

test('rows older than 30 days are deleted, a bounded number at a time', async () => {
  await inside((sql) => {
    const id = '01HZZZZZZZ';
    sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 249)
       INSERT INTO alerts SELECT '${id}' || printf('%016d', i), 'old' || i, '', NULL, NULL, 1, 0, 0, NULL, NULL FROM n`,
    );
  });
  const left = () =>
    inside((sql) => sql.exec<{ n: number }>(`SELECT count(*) AS n FROM alerts WHERE cause LIKE 'old%'`).one().n);
  await raise('first');
  expect(await left()).toBe(50);
  await raise('second');
  expect(await left()).toBe(0);
  expect((await directory().alerts()).map(({ cause }) => cause)).toEqual(['second', 'first']);
});
