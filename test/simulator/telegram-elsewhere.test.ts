import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';

// The stand-in's Bot API reaches a person's chat, so no web page may call it.

const TOKEN = '4815162342:AAE_not-a-real-token_for-tests';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({
    port: 0,
    accountSid: `AC${'0'.repeat(32)}`,
    authToken: 'a-token-for-tests-only',
    senders: ['whatsapp:+15555550100'],
    publicUrl: 'http://127.0.0.1:9',
    telegram: { token: TOKEN, webhookSecret: 'a-secret-for-tests-only' },
  });
});
afterEach(() => simulator.stop());

/** As a browser sends it that opened a page of another site. */
function fromElsewhere(path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  const { port } = new URL(simulator.url);
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => (body += String(chunk)));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    call.on('error', reject);
    call.end();
  });
}

test('a host name that was rebound to this computer does not reach the Bot API', async () => {
  const person = simulator.telegram?.person({ id: 15_555_550_123 });
  person?.start();
  person?.text('the secret plan');
  const headers = { host: 'rebound.example' };
  expect((await fromElsewhere(`/bot${TOKEN}/deleteWebhook`, headers)).status).toBe(403);
  const { status, body } = await fromElsewhere(`/bot${TOKEN}/getUpdates`, headers);
  expect(body).not.toContain('the secret plan');
  expect(status).toBe(403);
});

test('an image of another site puts no message with a button on the phone', async () => {
  simulator.telegram?.person({ id: 15_555_550_123 }).start();
  const { host } = new URL(simulator.url);
  const keyboard = { inline_keyboard: [[{ text: 'Go on', callback_data: 'w:delete all my files' }]] };
  const query = new URLSearchParams({
    chat_id: '15555550123',
    text: 'Shall I go on?',
    reply_markup: JSON.stringify(keyboard),
  });
  const headers = { host, 'sec-fetch-site': 'cross-site', referer: 'https://elsewhere.example/' };
  const { status } = await fromElsewhere(`/bot${TOKEN}/sendMessage?${query}`, headers);
  expect(simulator.phones.messages().map(({ body }) => body)).not.toContain('Shall I go on?');
  expect(status).toBe(403);
});
