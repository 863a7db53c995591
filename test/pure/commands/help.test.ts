import { expect, test } from 'vitest';
import { templateOf } from '../../../src/channels/whatsapp/buttons.ts';
import { MERGED_CHARS } from '../../../src/conversation/policy/outbox.ts';
import { COMMANDS } from '../../../src/input/command.ts';
import { HELP_TOPICS, type HelpTopic, listHelpLines } from '../../../src/input/help-topics.ts';
import { Talk } from '../conversation.ts';

// /help: one message with topics to choose from, and details about a topic or a command.

const topics = Object.keys(HELP_TOPICS) as HelpTopic[];

function answers(text: string, choice?: string): string[] {
  const talk = new Talk();
  talk.text(text, 0, choice === undefined ? {} : { choice });
  expect(talk.state.messages.at(-1)?.state).toBe('consumed');
  return talk.bodies;
}

test.each(['/help', '/HELP ', '?', ' ?? '])('%j is one message with a list of the topics', (text) => {
  const talk = new Talk();
  talk.text(text);
  const [reply, ...more] = talk.state.replies;
  const offer = reply?.choices;
  expect(more).toEqual([]);
  expect(offer?.items.map(({ title }) => title)).toEqual(Object.values(HELP_TOPICS));
  expect(offer && templateOf(offer)).toMatchObject({ types: { 'twilio/list-picker': {} } });
  expect(reply?.body.split('\n').length).toBeLessThanOrEqual(14);
  expect(reply?.body).toContain('/help');
});

test('a topic that is chosen, tapped or named is one message with its commands', () => {
  const talk = new Talk();
  talk.text('/help');
  const offer = talk.reply().choices;
  for (const [n, topic] of topics.entries()) {
    const tapped = answers(HELP_TOPICS[topic], offer?.items[n]?.id);
    expect(tapped).toEqual(answers(`/help ${topic}`));
    expect(tapped).toHaveLength(1);
    expect(tapped[0]?.length).toBeLessThanOrEqual(MERGED_CHARS);
    for (const { use, help } of listHelpLines(topic, 'owner')) expect(tapped[0]).toContain(`*${use}* – ${help}`);
    // Examples stand at the end, where the eye is.
    expect(tapped[0]?.split('\n\n').at(-1), topic).toMatch(/^Examples:\n\/[a-z]+ \S.*\n\/[a-z]+/);
  }
  expect(answers('/help while i work')).toEqual(answers('/help work'));
});

test('every command is in one topic, and has its own help', () => {
  const lines = topics.flatMap((topic) => listHelpLines(topic, 'owner')).map(({ use, help }) => `${use} – ${help}`);
  for (const [name, { use, help }] of Object.entries(COMMANDS)) {
    expect(
      lines.filter((line) => line === `${use} – ${help}`),
      name,
    ).toHaveLength(1);
    const [own = '', ...more] = answers(`/help /${name}`);
    expect(more).toEqual([]);
    expect(own, name).toContain(`*${use}* – ${help}`);
  }
});

test.each([
  ['schedule', '*/remind WHEN: TEXT* –'],
  ['Schedules', '*/remind WHEN: TEXT* –'],
  ['pause', '/pause 2 until 7 Jan'],
  ['clear', '/new'],
  ['stpo', 'Did you mean /help stop?'],
  ['shedules', 'Did you mean /help schedules?'],
  ['x'.repeat(4000), 'There’s no help on “xxx'],
])('/help %.20s', (about, words) => {
  expect(answers(`/help ${about}`).join('')).toContain(words);
});

test('shows what only an admin may do to admins alone', () => {
  const talk = new Talk();
  for (const isAdmin of [true, false]) {
    const context = talk.context.bind(talk);
    talk.context = () => ({ ...context(), isAdmin: () => isAdmin });
    for (const text of ['/help', '/help schedules']) {
      talk.text(text);
      expect([isAdmin, /\b(?:admin|for \+1)/.test(talk.bodies.at(-1) ?? '')]).toEqual([isAdmin, isAdmin]);
    }
  }
});

test('on SMS has no marks of WhatsApp', () => {
  const talk = new Talk();
  talk.state = { ...talk.state, conversation: { ...talk.state.conversation, address: '+15555550123' } };
  for (const text of ['/help', '/help schedules', '/help stop']) talk.text(text);
  expect(talk.bodies).toHaveLength(3);
  expect(talk.bodies.join('')).not.toContain('*');
});

test('the word alone is the agent’s', () => {
  const talk = new Talk();
  talk.text('help');
  expect(talk.bodies).toEqual([]);
});

test('examples are of commands that the role may use', () => {
  for (const [role, has] of [
    ['guest', false],
    ['member', true],
  ] as const) {
    const talk = new Talk();
    talk.isAdmin = false;
    if (role === 'guest') talk.on({ type: 'access', change: { to: 'role', role }, op: null });
    talk.text('/help questions');
    expect((talk.bodies.at(-1) ?? '').split('Examples:')[1]?.includes('/approve 2'), role).toBe(has);
    expect(talk.bodies.at(-1)).toContain('/deny use a branch instead');
  }
});
