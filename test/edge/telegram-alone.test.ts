import { createScheduledController } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import worker from '../../src/worker/index.ts';
import { BOT } from './outside-telegram.ts';
import { addressObject, OURS, post, text, useOutside, vars } from './relay.ts';
import { TelegramPerson, useTelegram } from './telegram-person.ts';

// A deployment with a bot's token and no account at Twilio.

const world = useOutside();
const before = { ...vars };
useTelegram();
beforeEach(() =>
  Object.assign(vars, {
    TWILIO_ACCOUNT_SID: '',
    TWILIO_AUTH_TOKEN: '',
    TWILIO_AUTH_TOKEN_PREVIOUS: '',
    TWILIO_SENDERS: '',
  }),
);
afterEach(() => {
  Object.assign(vars, before);
});

const told = (person: TelegramPerson, words: string | RegExp) =>
  world.outside.until(() =>
    world.outside.telegram.of('sendMessage').find(({ chat_id, text: said }) => {
      return chat_id === String(person.id) && new RegExp(words).test(String(said));
    }),
  );

test('answers people there, and a request as of Twilio’s with a sentence', async () => {
  const person = new TelegramPerson();
  await person.says('/help');
  await told(person, 'Text me');
  for (const refused of [
    await text('whatsapp:+15555550123', 'hello'),
    await post('/webhooks/twilio/status?r=01ARZ3NDEKTSV4RRFFQ69G5FAV.1', { To: OURS }, { signature: null }),
  ]) {
    expect(refused.status).toBe(404);
    expect(await refused.text()).toMatch(/no account at Twilio/);
  }
  expect(world.outside.sent).toEqual([]);
});

test('an alert reaches the admin there; an admin with a number is left out', async () => {
  const owner = new TelegramPerson();
  vars.ADMIN_SENDERS = `${owner.address},+15555550123`;
  await env.DIRECTORY.getByName('directory').raise({
    cause: 'of-a-test',
    text: 'Do this.',
    conversation: null,
    ref: null,
  });
  await told(owner, 'Roost: Do this.');
});

test('what is still to be sent to a person of WhatsApp fails instead of waiting for an account', async () => {
  const ada = 'whatsapp:+15555550123';
  await addressObject(ada).notify({ address: ada, sender: OURS, id: 'n1', text: 'Are you there?' });
  expect(world.outside.sent).toEqual([]);
});

test('the cron compares no list, and its webhook is watched', async () => {
  await worker.scheduled(createScheduledController(), env);
  expect(world.outside.telegram.called.map(({ method }) => method)).toEqual(['getWebhookInfo']);
  const health = await exports.default.fetch('https://relay.example.com/healthz');
  expect(health.status).toBe(200);
  expect(BOT).toMatch(/^\d+$/);
});
