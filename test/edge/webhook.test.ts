import { exports } from 'cloudflare:workers';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { isUnset, newMessageSid, newPerson, post, text, textForm, useOutside } from './relay.ts';

// The requests that the edge accepts and refuses before it stores anything.

const world = useOutside();
const allowed = 'whatsapp:+15555550123';

describe('refused', () => {
  test('no signature, a wrong one, one of another URL, one of another body: 403', async () => {
    const form = textForm(allowed, 'hello');
    const other = await post('/webhooks/twilio', form, { token: 'another token' });
    expect((await post('/webhooks/twilio', form, { signature: null })).status).toBe(403);
    expect((await post('/webhooks/twilio', form, { signature: `${'A'.repeat(27)}=` })).status).toBe(403);
    expect(other.status).toBe(403);
    expect((await post('/webhooks/twilio?x=1', form, { signature: `${'A'.repeat(27)}=` })).status).toBe(403);
    expect(world.outside.starts).toEqual([]);
  });

  test('not a form: 415', async () => {
    const response = await post('/webhooks/twilio', textForm(allowed, 'hello'), { contentType: 'application/json' });
    expect(response.status).toBe(415);
  });

  test('too large: 413, also without a length', async () => {
    const form = textForm(allowed, 'x'.repeat(70_000));
    expect((await post('/webhooks/twilio', form)).status).toBe(413);
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('a'.repeat(50_000)));
      },
    });
    const response = await exports.default.fetch('https://relay.example.com/webhooks/twilio', {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': `${'A'.repeat(27)}=`,
      },
      body: stream,
    });
    expect(response.status).toBe(413);
  });

  test('no sender or no message id: 400', async () => {
    const { From: _from, ...noSender } = textForm(allowed, 'hello');
    const { MessageSid: _sid, ...noId } = textForm(allowed, 'hello');
    expect((await post('/webhooks/twilio', noSender)).status).toBe(400);
    expect((await post('/webhooks/twilio', noId)).status).toBe(400);
  });

  test('another account or an address that is not ours: 403', async () => {
    const account = textForm(allowed, 'hello', { AccountSid: `AC${'9'.repeat(32)}` });
    expect((await post('/webhooks/twilio', account)).status).toBe(403);
    const to = textForm(allowed, 'hello', { To: 'whatsapp:+15555550111' });
    expect((await post('/webhooks/twilio', to)).status).toBe(403);
    expect(world.outside.starts).toEqual([]);
  });

  test('an unknown number: 200, nothing runs, one log line without the number', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const stranger = 'whatsapp:+4915112345678';
    const response = await text(stranger, 'let me in');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<Response></Response>');
    expect(world.outside.starts).toEqual([]);
    expect(world.outside.sent).toEqual([]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).not.toContain('4915112345678');
    warn.mockRestore();
  });

  test('further unknown numbers are only counted', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (let n = 10; n < 20; n++) await text(`whatsapp:+49151123456${n}`, 'let me in');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test('wrong signatures are only counted, and the count is told with whatever request comes a minute later', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const start = Date.now();
    const wrong = () => post('/webhooks/twilio', textForm(allowed, 'hello'), { signature: `${'A'.repeat(27)}=` });
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ now: start + 10 * 60_000, toFake: ['Date'] });
    await wrong();
    warn.mockClear();
    for (let n = 0; n < 20; n++) expect((await wrong()).status).toBe(403);
    expect(warn).not.toHaveBeenCalled();
    vi.useFakeTimers({ now: start + 12 * 60_000, toFake: ['Date'] });
    await exports.default.fetch('https://relay.example.com/nothing');
    const [line, ...others] = warn.mock.calls
      .map(([told]) => String(told))
      .filter((told) => told.includes('signature'));
    expect([JSON.parse(line ?? '{}'), others]).toMatchObject([{ event: 'signature-refused', seconds: 120 }, []]);
    expect(JSON.parse(line ?? '{}').more).toBeGreaterThanOrEqual(20);
    warn.mockRestore();
  });

  test('SMS is off unless it is switched on', async () => {
    const response = await post('/webhooks/twilio', textForm('+15555550123', 'hello', { To: '+15555550100' }));
    expect(response.status).toBe(200);
    expect(world.outside.starts).toEqual([]);
  });
});

test('a callback of another account is refused', async () => {
  const fields = { MessageSid: newMessageSid(), MessageStatus: 'sent', To: allowed, AccountSid: `AC${'9'.repeat(32)}` };
  expect((await post(`/webhooks/twilio/status?r=${'0'.repeat(26)}.1`, fields)).status).toBe(403);
});

describe('taken', () => {
  test('signed with the token before the last one, while it is being changed', async () => {
    const response = await post('/webhooks/twilio', textForm(allowed, '/help'), { token: 'edge-tests-before' });
    expect(response.status).toBe(200);
  });

  test('a signed text is answered with empty TwiML and starts one attempt; unknown fields do no harm', async () => {
    const person = newPerson();
    const form = textForm(person, 'Ahoy! 🚀 ’', { SomethingNew: 'yes', 'A b+c': '%20&=' });
    const response = await post('/webhooks/twilio', form);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/xml');
    const start = await world.outside.until(() => world.outside.starts[0]);
    expect(start.body.messages.map((m) => m.text)).toEqual(['Ahoy! 🚀 ’']);
    await world.outside.until(() => world.outside.typing[0] === form.MessageSid);
  });

  test('healthz tells liveness and version only', async () => {
    const response = await exports.default.fetch('https://relay.example.com/healthz');
    expect(await response.json()).toEqual({ ok: true, version: '0.1.0', protocol: 1 });
  });

  test('a person who is not on the list leaves nothing behind', async () => {
    const stranger = 'whatsapp:+15555559999';
    await text(stranger, 'hello');
    expect(await isUnset(stranger)).toBe(true);
  });
});

test('without an operator’s token there is no operator’s door', async () => {
  for (const [path, method] of [
    ['/operator/alerts', 'GET'],
    ['/operator/conversations/x/replies', 'GET'],
    ['/operator/conversations/x/replies/y/resend', 'POST'],
  ] as const) {
    const headers = { authorization: 'Bearer undefined' };
    const response = await exports.default.fetch(`https://relay.example.com${path}`, { method, headers });
    expect([response.status, await response.text()]).toEqual([404, 'Not found.']);
  }
});
