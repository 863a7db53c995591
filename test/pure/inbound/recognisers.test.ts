import { beforeEach, expect, test } from 'vitest';
import { recognise } from '../../../src/conversation/inbound/recognisers.ts';
import { askZone } from '../../../src/conversation/questions/own-prompts.ts';
import type { Event } from '../../../src/conversation/state/events.ts';
import type { Message } from '../../../src/conversation/state/rows.ts';
import { Reminded } from '../schedules/reminded.ts';

// The order of the recognisers: a later one would read most of these texts differently.

let talk: Reminded;
beforeEach(() => {
  talk = new Reminded();
});

const SMS = { conversation: { address: '+15555550123', sender: '+15555550100' } };
type More = Partial<Omit<Extract<Event, { type: 'message' }>, 'type' | 'message'>>;

/** The kind of the text, without any action. */
function kindOf(text: string, more: More = {}): string {
  const seq = Math.max(0, ...talk.state.messages.map((m) => m.seq)) + 1;
  const { address, sender } = talk.state.conversation;
  const last = talk.state.messages.at(-1) as Message;
  const message: Message = { ...last, seq, text, from: address, to: sender, receivedAt: talk.now, state: 'waiting' };
  const event: Event = { type: 'message', message, ...more };
  const state = talk.stateFor(event);
  return recognise({ ...state, messages: [...state.messages, message] }, event, talk.context()).name;
}

const asksZone = (): void => {
  talk.state = askZone(talk.state, '/verbose on', talk.context());
  talk.arrives();
};
const asks = (question: string, options: string[]): void => {
  talk.machine({ type: 'request', request_id: 'toolu_1', request: { kind: 'ask', question, options } });
  talk.arrives();
};

test('a text is what the first recogniser takes it for', () => {
  talk.text('please');
  talk.taken();
  expect(kindOf('fix the build')).toBe('work');
  expect(kindOf('')).toBe('empty');

  talk.has();
  const reminder = talk.reminds();
  expect(kindOf('done')).toBe('meant reminder');
  expect(kindOf('/stauts')).toBe('slip of the pen');

  asks('Is it Berlin or London?', ['Europe/Berlin', 'Done']);
  expect(kindOf('done')).toBe("agent's question");
  expect(kindOf('whatever you like')).toBe("agent's question");
  expect(kindOf('/stauts')).toBe('slip of the pen');
  expect(kindOf('done', { quoted: talk.bubble(reminder).sid ?? '' })).toBe('named reminder');

  expect(kindOf('Europe/Berlin')).toBe("agent's question");
  asksZone();
  expect(kindOf('Europe/Berlin')).toBe('own question');
  expect(kindOf('/status')).toBe('command');
  expect(kindOf('/compact')).toBe('command for the machine');
  expect(kindOf('', { unread: 'sticker' })).toBe('unreadable');
  expect(kindOf('/status', { unread: 'reaction' })).toBe('reaction');
});

test('a word that the SMS carrier acts on is never a command; YES is one only from a person who opted out', () => {
  talk.choose(SMS.conversation);
  talk.text('please');
  expect(kindOf('/stop')).toBe('command');
  expect(kindOf('/stop', { optOut: 'stop' })).toBe('opt-out');
  expect(kindOf('YES', { optOut: 'start' })).toBe('work');
  talk.choose({ optedOutAt: talk.now });
  expect(kindOf('YES', { optOut: 'start' })).toBe('opt-out');
});

test('a code of somebody who is in already is no work, words after “join” are', () => {
  talk.text('please');
  expect(kindOf('JOIN ABCD-EFGH')).not.toBe('work');
  expect(kindOf('join segments')).toBe('work');
});
