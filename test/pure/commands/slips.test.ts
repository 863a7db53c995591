import { expect, test } from 'vitest';
import { templateOf } from '../../../src/channels/whatsapp/buttons.ts';
import { Talk } from '../conversation.ts';

// Commands that are nearly right: the words aren't lost, and a tap sends the command as it was meant.

/** A talk whose zone is known, after this text. */
function texted(text: string): Talk {
  const talk = new Talk();
  talk.state = { ...talk.state, conversation: { ...talk.state.conversation, zone: 'Europe/Berlin' } };
  talk.text(text);
  return talk;
}
function tap(talk: Talk, nth: number): Talk {
  const { id = '', title = '' } = talk.reply().choices?.items[nth] ?? {};
  talk.text(title, 0, { choice: id });
  return talk;
}

test('a misspelt command is shown as it was meant, with its words, and a tap sends it', () => {
  const talk = texted('/shedule every day at 9: water\nthe plants');
  const [reply, ...more] = talk.state.replies;
  expect(more).toEqual([]);
  expect(reply?.body).toContain('/schedule every day at 9: water\nthe plants');
  expect(reply?.choices && templateOf(reply.choices)).toMatchObject({ types: { 'twilio/quick-reply': {} } });
  expect(tap(talk, 0).state.schedules).toMatchObject([{ prompt: 'water\nthe plants' }]);
});

test('a misspelt command for the machine, too', () => {
  const sent = tap(texted('/compcat the talk'), 0).state.messages.at(-1);
  expect(sent).toMatchObject({ action: 'command', text: '/compact the talk' });
});

test('words too long for a button are shown; longer ones are only counted as not done', () => {
  const long = texted(`/shedule every day: ${'water '.repeat(100)}`).reply();
  expect(long.body).toContain(`/schedule every day: ${'water '.repeat(99)}`);
  expect(long.choices && templateOf(long.choices)).toBeNull();
  const longer = texted(`/shedule every day: ${'water '.repeat(2_000)}`).reply();
  expect(longer.body).toContain('send it again as /schedule');
  expect(longer.body.length).toBeLessThan(300);
});

test.each([
  ['/remind stretch', '/remind in 20 minutes: stretch', { kind: 'text', prompt: 'stretch' }],
  ['/remind me to stretch', '/remind in 20 minutes: stretch', { kind: 'text', prompt: 'stretch' }],
  [
    '/schedule check the logs',
    '/schedule every day at 9am: check the logs',
    { kind: 'agent', prompt: 'check the logs' },
  ],
])('%s asks when, with the words, and a tap answers', (text, shown, schedule) => {
  const talk = texted(text);
  expect(talk.bodies).toHaveLength(1);
  expect(talk.bodies[0]).toMatch(/^When /);
  expect(talk.bodies[0]).toContain(shown);
  const { choices } = talk.reply();
  expect(choices && templateOf(choices)).toMatchObject({ types: { 'twilio/quick-reply': {} } });
  for (const nth of [0, 1, 2]) expect(tap(texted(text), nth).state.schedules).toMatchObject([schedule]);
});

test.each(['/remind monday morning meeting', '/schedule every day at 9', '/standup'])(
  '%s names a time, so only the colon is explained',
  (text) => {
    const { body, choices } = texted(text).reply();
    expect(body).not.toMatch(/^When /);
    expect(choices).toBeNull();
  },
);

test('hostile words are quoted in bounds', () => {
  const { body, choices } = texted(`/remind ${'x'.repeat(30_000)}`).reply();
  expect(body.length).toBeLessThan(400);
  expect(choices).toBeNull();
});
