import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Bubble, PhoneEvent } from '../../simulator/phone/phone-events.ts';
import { readSimulatorSettings } from '../../simulator/settings.ts';
import { ROOST, type Stage, setStage } from '../browser/product.ts';

// The phone page's server over real HTTP, with the real carrier behind it.

const ROBIN = '+15555550123';
const stages: Stage[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const stage of stages.splice(0)) await stage.end();
});
async function stageFor(answerTo: (text: string) => string | null, senders?: string[]): Promise<Stage> {
  const stage = await setStage(answerTo, senders);
  stages.push(stage);
  return stage;
}

/** The page's event stream, read until an awaited event. */
async function listen(stage: Stage) {
  const ending = new AbortController();
  const response = await fetch(`${stage.simulator.url}/phone/events`, { signal: ending.signal });
  const seen: PhoneEvent[] = [];
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  return {
    seen,
    end: (): void => ending.abort(),
    async until(wanted: (event: PhoneEvent) => boolean): Promise<PhoneEvent> {
      for (;;) {
        const found = seen.find(wanted);
        if (found) return found;
        const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
        if (done) throw new Error('The event stream ended.');
        const parts = (rest + value).split('\n\n');
        rest = parts.pop() ?? '';
        for (const part of parts) {
          const data = /^data: (.*)$/m.exec(part)?.[1];
          if (data) seen.push(JSON.parse(data) as PhoneEvent);
        }
      }
    },
  };
}

const bubbleIn = (event: PhoneEvent): Bubble | null => (event.type === 'bubble' ? event.bubble : null);
const form = (fields: Record<string, string | File>): FormData => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
};
const text = (change: Record<string, string | File> = {}): Record<string, string | File> => ({
  clientId: crypto.randomUUID(),
  from: ROBIN,
  to: ROOST,
  body: 'hello',
  ...change,
});
const send = (stage: Stage, fields: Record<string, string | File>, headers: Record<string, string> = {}) =>
  fetch(`${stage.simulator.url}/phone/messages`, { method: 'POST', body: form(fields), headers });

describe('a text and its answer', () => {
  test('go from the phone to the product and back, with every state on the way', async () => {
    const stage = await stageFor((body) => `You said ${body}`);
    const events = await listen(stage);
    await events.until(({ type }) => type === 'snapshot');
    const clientId = crypto.randomUUID();
    const answer = await send(stage, text({ clientId, profileName: 'Robin' }));
    expect(answer.status).toBe(201);
    const sent = (await answer.json()) as Bubble;
    expect(sent).toMatchObject({ clientId, mine: true, number: ROBIN, sender: ROOST, text: 'hello' });

    const delivered = await events.until((event) => bubbleIn(event)?.state === 'delivered' && !bubbleIn(event)?.mine);
    const theirs = bubbleIn(delivered);
    expect(theirs).toMatchObject({ text: 'You said hello', number: ROBIN, sender: ROOST });
    // The first event of a text sent here has its client id: the page never shows it twice.
    expect(events.seen.map(bubbleIn).find((bubble) => bubble?.sid === sent.sid)?.clientId).toBe(clientId);
    const own = events.seen.map(bubbleIn).filter((bubble) => bubble?.sid === sent.sid);
    expect(own.at(0)?.state).toBe('sent');
    expect(own.at(-1)?.state).toBe('read');
    expect(stage.received[0]?.get('ProfileName')).toBe('Robin');

    const read = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sids: [theirs?.sid, 'SMnone'] }),
    };
    expect((await fetch(`${stage.simulator.url}/phone/read`, read)).status).toBe(204);
    await events.until((event) => bubbleIn(event)?.sid === theirs?.sid && bubbleIn(event)?.state === 'read');
    await stage.simulator.carrier.settled();
    expect(stage.simulator.carrier.messages().find(({ sid }) => sid === theirs?.sid)?.status).toBe('read');
    const kinds = events.seen.flatMap((event) => (event.type === 'exchange' ? [event.exchange.kind] : []));
    expect(new Set(kinds)).toEqual(new Set(['webhook', 'api', 'status']));
    events.end();
  });

  test('the same text sent again is one text', async () => {
    const stage = await stageFor(() => null);
    const fields = text();
    const first = (await (await send(stage, fields)).json()) as Bubble;
    const second = (await (await send(stage, fields)).json()) as Bubble;
    expect(second.sid).toBe(first.sid);
    expect(stage.simulator.carrier.messages()).toHaveLength(1);
  });

  test('typing marks the text read and is in the next page’s snapshot', async () => {
    const stage = await stageFor(() => null);
    const sent = (await (await send(stage, text())).json()) as Bubble;
    await stage.simulator.carrier.settled();
    await stage.showTyping(sent.sid);
    const events = await listen(stage);
    const snapshot = await events.until(({ type }) => type === 'snapshot');
    expect(snapshot).toMatchObject({
      bubbles: [{ sid: sent.sid, state: 'read' }],
      typing: [{ number: ROBIN, sender: ROOST }],
    });
    events.end();
  });

  test('a sentence reports a product that is down, refuses or fails', async () => {
    const stage = await stageFor(() => null);
    const events = await listen(stage);
    stage.answerWith(403);
    await send(stage, text());
    const refused = await events.until((event) => bubbleIn(event)?.state === 'failed');
    expect(bubbleIn(refused)?.trouble).toContain('auth token and PUBLIC_URL');
    stage.answerWith(500);
    await send(stage, text());
    await events.until((event) => bubbleIn(event)?.trouble?.includes('answered 500') === true);
    stage.closeProduct();
    await send(stage, text());
    await events.until((event) => bubbleIn(event)?.trouble?.includes('Is the relay running?') === true);
    events.end();
  });

  test('a message outside the 24 hours says so', async () => {
    const stage = await stageFor(() => null);
    const events = await listen(stage);
    await stage.say({ to: `whatsapp:${ROBIN}`, body: 'good morning' });
    const failed = await events.until((event) => bubbleIn(event)?.state === 'failed');
    expect(bubbleIn(failed)?.trouble).toMatch(/24 hours ago.*\(63016\)/);
    events.end();
  });

  test('on SMS the number goes without a prefix, and what was looked at counts as read', async () => {
    const sms = '+15555550111';
    const stage = await stageFor(() => 'yes', [sms, ROOST]);
    const events = await listen(stage);
    expect(await (await send(stage, text({ to: sms }))).json()).toMatchObject({ number: ROBIN, sender: sms });
    expect(stage.simulator.carrier.messages()[0]?.from).toBe(ROBIN);
    const arrived = await events.until((event) => bubbleIn(event)?.state === 'delivered' && !bubbleIn(event)?.mine);
    const sid = bubbleIn(arrived)?.sid;
    await fetch(`${stage.simulator.url}/phone/read`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sids: [sid] }),
    });
    await events.until((event) => bubbleIn(event)?.sid === sid && bubbleIn(event)?.state === 'read');
    events.end();
  });
});

describe('files', () => {
  test('arrive with their type, name and bytes, and are served so that they cannot act', async () => {
    const stage = await stageFor(() => null);
    const page = new File(['<script>alert(1)</script>'], 'page ü.html', { type: 'text/html;charset=utf-8' });
    const bubble = (await (await send(stage, text({ body: '', file: page }))).json()) as Bubble;
    expect(bubble.attachments).toMatchObject([{ contentType: 'text/html', fileName: 'page ü.html', size: 25 }]);
    const served = await fetch(`${stage.simulator.url}${bubble.attachments[0]?.url}`);
    expect(served.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''page%20%C3%BC.html");
    expect(served.headers.get('content-security-policy')).toContain('sandbox');
    expect(served.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await served.text()).toBe('<script>alert(1)</script>');
    const note = new File(['sound'], 'voice.ogg', { type: 'audio/ogg' });
    const voice = (await (await send(stage, text({ body: '', file: note, voice: 'yes' }))).json()) as Bubble;
    expect(voice.attachments).toMatchObject([{ contentType: 'audio/ogg', fileName: null }]);
    expect(
      (await fetch(`${stage.simulator.url}${voice.attachments[0]?.url}`)).headers.get('content-disposition'),
    ).toMatch(/^inline/);
  });

  test('that are too large for their channel are refused in a plain sentence', async () => {
    const stage = await stageFor(() => null, [ROOST, '+15555550101']);
    const big = (MB: number): File => new File([new Uint8Array(MB * 2 ** 20 + 1)], 'big.bin');
    for (const [to, MB, words] of [
      [ROOST, 16, 'WhatsApp takes up to 16 MB'],
      ['+15555550101', 5, 'SMS takes up to 5 MB'],
      [ROOST, 33, 'too large for any channel'],
    ] as const) {
      const answer = await send(stage, text({ to, file: big(MB) }));
      expect(answer.status).toBe(413);
      expect(await answer.json()).toEqual({ error: expect.stringContaining(words) });
    }
    expect(stage.simulator.carrier.messages()).toHaveLength(0);
  });
});

test('a tap is a separate message, and only offered items can be tapped', async () => {
  const stage = await stageFor(() => null);
  await send(stage, text());
  await stage.ask(`whatsapp:${ROBIN}`, {
    'twilio/quick-reply': { body: 'Go on?', actions: [{ type: 'QUICK_REPLY', title: 'Yes', id: 'y' }] },
  });
  const asked = stage.simulator.carrier.messages().at(-1)?.sid ?? '';
  const tap = text({ body: 'Yes', tapSid: asked, tapId: 'y' });
  expect((await send(stage, tap)).status).toBe(201);
  await stage.simulator.carrier.settled();
  expect(stage.received.at(-1)?.get('ButtonPayload')).toBe('y');
  for (const wrong of [{ tapId: 'z' }, { tapSid: 'SM1' }, { from: '+15555550124' }]) {
    const answer = await send(stage, { ...tap, ...wrong, clientId: crypto.randomUUID() });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.stringContaining('no longer available') });
  }
});

describe('refused requests', () => {
  test.each([
    ['a number that is none', { from: '555 0123' }, 'must look like +15555550123'],
    ['an address that is not ours', { to: 'whatsapp:+15555559999' }, `must go to one of Roost’s addresses: ${ROOST}`],
    ['no words and no file', { body: ' ' }, 'Type a message'],
    ['too many words', { body: 'x'.repeat(4097) }, 'up to 4096'],
    ['no client id', { clientId: '' }, 'Reload the page'],
  ])('%s', async (_, change, sentence) => {
    const stage = await stageFor(() => null);
    const answer = await send(stage, text(change));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.stringContaining(sentence) });
    expect(stage.simulator.carrier.messages()).toHaveLength(0);
  });

  test('a page from elsewhere, and another name for this machine', async () => {
    const stage = await stageFor(() => null);
    expect((await send(stage, text(), { origin: 'https://evil.example' })).status).toBe(403);
    expect((await send(stage, text(), { origin: stage.simulator.url })).status).toBe(201);
    // The network log stays empty, too: everything that another site's page asks the carrier's API is refused before.
    await stage.simulator.carrier.settled();
    const traffic = stage.simulator.carrier.traffic().length;
    for (const path of ['/v1/Content', '/2010-04-01/Accounts/AC0/Messages.json', '/_faults', '/_cdn/a/b/c']) {
      const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' };
      const foreign = await fetch(stage.simulator.url + path, { method: 'POST', headers, body: 'x'.repeat(1000) });
      expect([path, foreign.status]).toEqual([path, 403]);
    }
    expect(stage.simulator.carrier.traffic()).toHaveLength(traffic);
    const read = await fetch(`${stage.simulator.url}/phone/read`, { method: 'POST', body: 'nonsense' });
    expect(read.status).toBe(400);
    // fetch does not send a chosen Host header, so this request is written by hand.
    const { port } = new URL(stage.simulator.url);
    const probe = spawn(process.execPath, [
      '-e',
      `require('http').get({ host: '127.0.0.1', port: ${port}, path: '/phone/events', headers: { host: 'rebound.example' } }, (r) => { console.log(r.statusCode); process.exit(); })`,
    ]);
    const [said] = (await once(probe.stdout, 'data')) as [Buffer];
    expect(said.toString().trim()).toBe('403');
  });
});

describe('the page’s files', () => {
  test('come without types, without a build, under a strict policy', async () => {
    const stage = await stageFor(() => null);
    const { url } = stage.simulator;
    const page = await fetch(url);
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self'/,
    );
    expect(await page.text()).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    const script = await fetch(`${url}/phone/client/markup.ts`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await script.text()).not.toContain('export type');
    for (const path of [
      '/phone/client/nothing.ts',
      '/phone/client/tsconfig.json',
      '/phone/client/..%2ffeed.ts',
      '/phone/media/SM1/ME1',
    ]) {
      expect((await fetch(url + path)).status, path).toBe(404);
    }
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true });
  });
});

describe('the process', () => {
  const main = join(resolve(import.meta.dirname, '../..'), 'simulator/main.ts');
  const environment = {
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'a-token-for-tests-only',
    TWILIO_SENDERS: ROOST,
    PUBLIC_URL: 'http://127.0.0.1:9',
  };
  const run = (change: Record<string, string>) => {
    const child = spawn(process.execPath, [main], { env: { ...environment, ...change } });
    children.push(child);
    return child;
  };
  const collect = (stream: NodeJS.ReadableStream): (() => string) => {
    let all = '';
    stream.on('data', (piece: Buffer) => {
      all += piece.toString();
    });
    return () => all;
  };

  test('says where the page is, and ends when asked although a page is open', async () => {
    const child = run({ SIMULATOR_PORT: '0' });
    const warnings = collect(child.stderr);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /^phone page on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line.toString())?.[1];
    const events = await fetch(`${url}/phone/events`);
    expect(events.status).toBe(200);
    await fetch(`${url}/phone/client/main.ts`);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(warnings()).toBe('');
    await events.body?.cancel().catch(() => undefined);
  });

  test('a taken port is one line with the remedy', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const child = run({ SIMULATOR_PORT: String(port) });
    const said = collect(child.stderr);
    const [code] = await once(child, 'close');
    squatter.close();
    expect(code).toBe(1);
    expect(said()).toBe(
      `Port ${port} is already in use. Stop the program that uses it, or set another port with SIMULATOR_PORT (and TWILIO_API_URL).\n`,
    );
  });

  test('every wrong setting is named at once', () => {
    const read = readSimulatorSettings({
      SIMULATOR_PORT: 'x',
      TWILIO_SENDERS: 'whatsapp:1555',
      TWILIO_AUTH_TOKEN: '',
      PUBLIC_URL: 'nowhere',
    });
    const problems = read.ok ? [] : read.problems;
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
      'PUBLIC_URL',
      'SIMULATOR_PORT',
      'TWILIO_ACCOUNT_SID',
      'TWILIO_AUTH_TOKEN',
      'TWILIO_SENDERS',
    ]);
  });
});
