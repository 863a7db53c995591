import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTwilioApi } from '../../simulator/twilio/api.ts';
import { ACCOUNT, ROBIN, type Stand, startStand, TOKEN, WHATSAPP } from './twilio-stand.ts';

// The faults of the REST API and the way to switch faults over HTTP.

let stand: Stand;
beforeEach(async () => {
  stand = await startStand();
  stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'the window is open' });
  await stand.carrier.settled();
});
afterEach(() => stand.close());

const path = `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`;
const send = (body: string, init: RequestInit = {}) =>
  fetch(stand.apiUrl + path, {
    method: 'POST',
    body: new URLSearchParams({ From: WHATSAPP, To: ROBIN, Body: body }),
    headers: { Authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}` },
    ...init,
  });
const bodies = () =>
  stand.carrier
    .messages()
    .filter((one) => one.direction === 'outbound-api')
    .map((one) => one.body);
/** Resolves with the next message the carrier accepts. */
const accepted = () =>
  new Promise<string>((resolve) => {
    const stop = stand.carrier.subscribe((event) => {
      if (event.type !== 'message') return;
      stop();
      resolve(event.message.body);
    });
  });
/** Resolves when the carrier has recorded the end of a call with this note. */
const noted = (note: RegExp) =>
  new Promise<void>((resolve) => {
    const stop = stand.carrier.subscribe((event) => {
      if (event.type !== 'traffic' || !note.test(event.traffic.note ?? '')) return;
      stop();
      resolve();
    });
  });

describe('faults of the API', () => {
  test('429 with Retry-After, the given number of times, and nothing is accepted', async () => {
    stand.carrier.faults.set({ refuse: { times: 2, retryAfterSeconds: 7 } });
    for (const _ of [1, 2]) {
      const response = await send('refused');
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
      expect(await response.json()).toMatchObject({ code: 20429, status: 429 });
    }
    expect((await send('accepted')).status).toBe(201);
    expect(bodies()).toEqual(['accepted']);
  });

  test('5xx before and after accepting', async () => {
    stand.carrier.faults.set({ errorBeforeAccepting: { status: 503 } });
    expect((await send('before')).status).toBe(503);
    expect(bodies()).toEqual([]);
    stand.carrier.faults.set({ errorAfterAccepting: { status: 502 } });
    const after = await send('after');
    expect([after.status, after.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(bodies()).toEqual(['after']);
    expect((await send('plain')).status).toBe(201);
  });

  test('a refused request does not use up a fault that acts after accepting', async () => {
    stand.carrier.faults.set({ errorAfterAccepting: {} });
    expect((await send('')).status).toBe(400);
    expect(stand.carrier.faults.state()).toHaveProperty('errorAfterAccepting');
    expect((await send('hi')).status).toBe(500);
  });

  test('accepted, and the answer held until the client has given up', async () => {
    stand.carrier.faults.set({ holdAnswer: {} });
    const ended = noted(/holdAnswer.*The client had given up/);
    const giveUp = new AbortController();
    const message = accepted();
    const answer = send('held', { signal: giveUp.signal });
    expect(await message).toBe('held');
    giveUp.abort();
    await expect(answer).rejects.toThrow();
    await ended;
    expect(bodies()).toEqual(['held']);
  });

  test('accepted only after the client has given up', async () => {
    stand.carrier.faults.set({ acceptLate: {} });
    const giveUp = new AbortController();
    const started = new Promise<void>((resolve) => {
      const stop = stand.carrier.subscribe((event) => {
        if (event.type !== 'traffic' || event.traffic.kind !== 'api') return;
        stop();
        resolve();
      });
    });
    const answer = send('late', { signal: giveUp.signal });
    await started;
    expect(await stand.client.messages.list({ to: ROBIN })).toEqual([]);
    const message = accepted();
    giveUp.abort();
    await expect(answer).rejects.toThrow();
    expect(await message).toBe('late');
    await stand.carrier.settled();
    expect((await stand.client.messages.list({ to: ROBIN })).map((one) => [one.body, one.status])).toEqual([
      ['late', 'delivered'],
    ]);
  });

  test('a held answer ends without help in the end', async () => {
    stand.carrier.faults.set({ holdAnswer: { ms: 60 }, acceptLate: { ms: 60, on: 'list' } });
    expect((await send('held')).status).toBe(201);
    expect((await stand.client.messages.list({ to: ROBIN })).length).toBe(1);
  });

  test('a slow answer, on the operation it names and on no other', async () => {
    stand.carrier.faults.set({ delayAnswer: { ms: 150, on: 'typing' } });
    const inbound = stand.carrier.messages()[0]?.sid ?? '';
    expect((await send('fast')).status).toBe(201);
    expect(stand.carrier.faults.state()).toHaveProperty('delayAnswer');
    const before = performance.now();
    await stand.client.messaging.v2.typingIndicator.create({ channel: 'whatsapp', messageId: inbound });
    expect(performance.now() - before).toBeGreaterThan(145);
  });
});

describe('/_faults', () => {
  const control = (
    method: string,
    body?: unknown,
    headers: Record<string, string> = { 'Content-Type': 'application/json' },
  ) =>
    fetch(`${stand.apiUrl}/_faults`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  test('switches on, shows and switches off', async () => {
    const set = await control('POST', { dropWebhook: { times: 2 }, refuse: { code: 21611 } });
    expect([set.status, await set.json()]).toEqual([
      200,
      { dropWebhook: { times: 2 }, refuse: { times: 1, on: 'create', code: 21611, retryAfterSeconds: 1 } },
    ]);
    stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'lost' });
    expect(await (await control('GET')).json()).toMatchObject({ dropWebhook: { times: 1 } });
    expect(stand.carrier.faults.state()).toMatchObject({ dropWebhook: { times: 1 } });
    expect(await (await control('DELETE')).json()).toEqual({});
    expect(await (await control('GET')).json()).toEqual({});
  });

  test('answers under a loopback name only, and leaves the paths of its neighbours alone', async () => {
    const neighbour = new Hono().get('/', (c) => c.text('a phone')).route('/', createTwilioApi(stand.carrier));
    for (const host of ['localhost', '127.0.0.1:8080', '[::1]']) {
      expect((await neighbour.request(`http://${host}/_faults`)).status).toBe(200);
    }
    const outside = await neighbour.request('http://relay.example.com/_faults', { method: 'DELETE' });
    expect([outside.status, await outside.json()]).toEqual([403, { error: expect.stringContaining('127.0.0.1') }]);
    const calls = stand.carrier.traffic().length;
    expect(await (await neighbour.request('http://localhost/')).text()).toBe('a phone');
    expect((await neighbour.request('http://localhost/elsewhere')).status).toBe(404);
    expect(stand.carrier.traffic().length).toBe(calls);
    expect((await neighbour.request(`http://localhost${path}`)).status).toBe(401);
  });

  test('refuses what it does not know, with a sentence, and changes nothing', async () => {
    for (const wrong of [
      { explode: {} },
      { dropWebhook: { times: 0 } },
      { refuse: { code: 1 } },
      [],
      null,
      { delayWebhook: {} },
    ]) {
      const response = await control('POST', wrong);
      expect(response.status, JSON.stringify(wrong)).toBe(400);
      expect(await response.json()).toMatchObject({ error: expect.any(String) });
    }
    expect((await control('POST', {}, { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect(stand.carrier.faults.state()).toEqual({});
    expect(() => stand.carrier.faults.set({ dropWebhook: { times: -1 } })).toThrow();
  });
});
