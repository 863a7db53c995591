import { env } from 'cloudflare:workers';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { Conversation } from '../../src/objects/conversation.ts';
import { Directory } from '../../src/objects/directory.ts';
import { PersonObject } from '../../src/objects/person-object.ts';
import type { TroubledReply } from '../../src/objects/stores/conversation-store.ts';
import { operatorPage as words } from '../../src/texts/operator-page.ts';
import worker from '../../src/worker/index.ts';
import { WRONG_TRIES_MAX } from '../../src/worker/wrong-tries.ts';
import { stubOf, useOutside } from './relay.ts';

// The operator's routes: closed without the token; with it they give exactly the requested data.

const TOKEN = 'operator-tests-0123456789';
const PERSON = 'whatsapp:+15555550123';
const REPLY: TroubledReply = {
  id: '01HZZZZZZZZZZZZZZZZZZZZZZZ',
  state: 'held',
  kind: 'answer',
  errorCode: 63016,
  createdAt: Date.parse('2026-11-21T10:00:00Z'),
  troubledSince: Date.parse('2026-11-21T10:00:05Z'),
  body: 'what was said in private',
};

useOutside();
const troubled = vi.spyOn(Conversation.prototype, 'troubledReplies');
const resend = vi.spyOn(Conversation.prototype, 'resend');
const logged = (['log', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level));

beforeEach(() => {
  Object.assign(env, { OPERATOR_TOKEN: TOKEN });
  troubled.mockReset().mockReturnValue([REPLY]);
  resend.mockReset().mockImplementation((reply) => reply === REPLY.id);
  for (const spy of logged) spy.mockReset().mockImplementation(() => undefined);
});

function ask(path: string, init: RequestInit = {}, token: string | null = TOKEN): Promise<Response> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const request = new Request(`https://relay.example.com/operator${path}`, { ...init, headers });
  return Promise.resolve(worker.fetch(request, env));
}
const replies = `/conversations/${stubOf(PERSON).id.toString()}/replies`;

test.each([
  ['no token', null],
  ['a wrong one', 'x'.repeat(24)],
  ['the beginning of it', TOKEN.slice(0, -1)],
  ['more than it', `${TOKEN}0`],
])('%s: 401, and nothing is asked or done', async (_, token) => {
  const raise = { cause: 'secret-cause', text: 'secret', conversation: null, ref: null };
  await env.DIRECTORY.getByName('directory').raise(raise);
  for (const [path, init] of [
    ['/alerts', {}],
    [replies, {}],
    [`${replies}/${REPLY.id}/resend`, { method: 'POST' }],
    ['/rollout/retry', { method: 'POST' }],
    ['/outages/retry', { method: 'POST' }],
    ['/nothing', {}],
  ] as const) {
    const response = await ask(path, init, token);
    expect(response.status).toBe(401);
    const body = await response.text();
    expect(JSON.parse(body)).toEqual({ error: expect.any(String) });
    expect(body).not.toMatch(/secret|private/);
  }
  expect(troubled).not.toHaveBeenCalled();
  expect(resend).not.toHaveBeenCalled();
});

test('other credentials are refused as well', async () => {
  const request = new Request('https://relay.example.com/operator/alerts', {
    headers: { authorization: 'Basic eA==' },
  });
  expect((await worker.fetch(request, env)).status).toBe(400);
});

test('alerts, newest first, at most a hundred', async () => {
  const directory = env.DIRECTORY.getByName('directory');
  for (let n = 0; n < 101; n++) {
    await directory.raise({ cause: `cause-${n}`, text: 'Do this.', conversation: 'c'.repeat(64), ref: 'R1' });
  }
  const response = await ask('/alerts');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('application/json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const { alerts } = (await response.json()) as { alerts: Record<string, unknown>[] };
  expect(alerts.map(({ cause }) => cause)).toEqual(Array.from({ length: 100 }, (_, n) => `cause-${100 - n}`));
  expect(alerts[0]).toEqual({
    id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
    cause: 'cause-100',
    text: 'Do this.',
    conversation: 'c'.repeat(64),
    ref: 'R1',
    count: 1,
    acknowledged_at: null,
    acknowledged_by: null,
    first_at: expect.stringMatching(/^\d{4}-.*Z$/),
    last_at: expect.stringMatching(/^\d{4}-.*Z$/),
  });
});

test('replies in trouble: why, and their words only when asked for', async () => {
  const shown = {
    id: REPLY.id,
    state: 'held',
    kind: 'answer',
    error_code: 63016,
    error: expect.stringContaining('24-hour window'),
    created_at: '2026-11-21T10:00:00.000Z',
    waits_for_twilio_since: '2026-11-21T10:00:05.000Z',
  };
  expect(await (await ask(replies)).json()).toEqual({ replies: [shown] });
  const withWords = await ask(`${replies}?body=1&reason=asked+for+help`);
  expect(await withWords.json()).toEqual({ replies: [{ ...shown, body: REPLY.body }] });
  troubled.mockReturnValue([{ ...REPLY, errorCode: null }]);
  expect(await (await ask(replies)).json()).toMatchObject({ replies: [{ error_code: null, error: null }] });
  troubled.mockReturnValue([{ ...REPLY, errorCode: 39999 }]);
  expect(await (await ask(replies)).json()).toMatchObject({ replies: [{ error: expect.stringContaining('39999') }] });
});

test('a reply is sent again; one that is not in trouble is not there', async () => {
  const again = (reply: string, method = 'POST') => ask(`${replies}/${reply}/resend`, { method });
  const taken = await again(REPLY.id);
  expect([taken.status, await taken.json()]).toEqual([202, { resent: true }]);
  expect(resend.mock.calls).toEqual([[REPLY.id]]);
  expect((await again('01HZZZZZZZZZZZZZZZZZZZZZZY')).status).toBe(404);
  expect((await again(REPLY.id, 'GET')).status).toBe(404);
});

test('words that are read and what is done by the token are in the audit; a look is not', async () => {
  const actions = async (): Promise<unknown[]> => {
    type Entry = { actor: string; action: string; detail: string };
    const { audit } = (await (await ask('/audit')).json()) as { audit: Entry[] };
    return audit.map(({ actor, action, detail }) => `${actor}: ${action} ${detail}`);
  };
  const before = (await actions()).length;
  await ask(replies);
  await ask('/rollout/retry', { method: 'POST' });
  for (const reason of ['', '&reason=', '&reason=%E2%80%8B%E2%80%8B%E2%80%8B...']) {
    const refused = await ask(`${replies}?body=1${reason}`);
    expect([refused.status, await refused.json()]).toEqual([400, { error: words.sendReason }]);
  }
  expect(await actions()).toHaveLength(before);
  await ask(`${replies}?body=1&reason=asked+for+help`);
  await ask(`${replies}/${REPLY.id}/resend`, { method: 'POST' });
  expect((await actions()).slice(0, 2)).toEqual([
    `operator: resend ${REPLY.id}`,
    'operator: read what they wrote failed replies: asked for help',
  ]);
});

test('what the audit can’t have is not done by the token', async () => {
  const spy = vi.spyOn(Directory.prototype, 'recordAudit').mockImplementation(() => {
    throw new Error('the directory is away');
  });
  onTestFinished(() => spy.mockRestore());
  const bind = vi.spyOn(PersonObject.prototype, 'bind');
  const unbind = vi.spyOn(PersonObject.prototype, 'unbind');
  const conversation = `/conversations/${stubOf(PERSON).id.toString()}`;
  const address = { method: 'POST', body: JSON.stringify({ address: 'whatsapp:+15555550124' }) };
  for (const [path, init] of [
    [`/replies/${REPLY.id}/resend`, { method: 'POST' }],
    ['/bind', address],
    ['/unbind', address],
  ] as const)
    expect((await ask(conversation + path, init)).status).toBe(500);
  for (const deed of [resend, bind, unbind]) expect(deed).not.toHaveBeenCalled();
});

test.each(['no-id', 'f'.repeat(64), encodeURIComponent(PERSON)])('conversation %s is not there', async (id) => {
  const response = await ask(`/conversations/${id}/replies`);
  expect([response.status, await response.json()]).toEqual([404, { error: expect.any(String) }]);
  expect((await ask(`/conversations/${id}/replies/x/resend`, { method: 'POST' })).status).toBe(404);
  expect(troubled).not.toHaveBeenCalled();
  expect(resend).not.toHaveBeenCalled();
});

test('a failure inside says nothing about it', async () => {
  troubled.mockImplementation(() => {
    throw new Error('what was said in private');
  });
  const response = await ask(replies);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('private');
});

test('after many wrong tokens in a minute the next ones get 429, and the right one still works', async () => {
  const statuses: number[] = [];
  for (let n = 0; n < WRONG_TRIES_MAX + 20; n++)
    statuses.push((await ask('/alerts', {}, `wrong-${n}`.padEnd(24, 'x'))).status);
  expect(statuses[0]).toBe(401);
  expect(statuses.at(-1)).toBe(429);
  expect((await ask('/alerts')).status).toBe(200);
  vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
  expect((await ask('/alerts', {}, 'x'.repeat(24))).status).toBe(401);
  vi.useRealTimers();
});
