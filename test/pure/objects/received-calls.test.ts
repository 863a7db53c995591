import { expect, test } from 'vitest';
import { type Arrival, arrivalEventOf, withoutSecrets } from '../../../src/objects/received-calls.ts';

// Keys and PINs leave every field of a text before anything is decided or stored.

const KEY = `sk-ant-api03-${'a'.repeat(93)}AA`;
const arrival = (change: Partial<Arrival>): Arrival => ({
  ...{ providerId: 'tg:1:7:3', uuid: 'u', from: 'telegram:7', to: 'telegram:1', text: 'did that work?' },
  ...{ attachments: 0, receivedAt: 0, ...change },
});
const topic = (name: string) => ({ id: '3', name, isNew: true });

test('a PIN in the words that a person marks in their own text', () => {
  const marked = arrival({ quoted: 'tg:1:7:2', quotedPart: '/pin 4821' });
  expect(JSON.stringify(arrivalEventOf(marked, 1))).not.toContain('4821');
});

test.each([{ quotedPart: `use ${KEY}` }, { thread: topic(KEY) }])(
  'a key in %j of a text, also of one that waits',
  (change) => {
    const event = arrivalEventOf(arrival({ quoted: 'tg:1:7:2', ...change }), 1);
    expect(JSON.stringify(event)).not.toContain(KEY);
    expect(event.keys).toHaveLength(1);
    const waiting = withoutSecrets(arrival(change));
    expect(JSON.stringify(waiting)).not.toContain(KEY);
    expect(waiting.keys).toHaveLength(1);
  },
);

test('the name of a topic that has none stays', () => {
  expect(arrivalEventOf(arrival({ thread: topic('Shop') }), 1).thread).toEqual(topic('Shop'));
});
