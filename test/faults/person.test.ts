import { expect, test, vi } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { Person } from './person.ts';
import type { OnPhone } from './phone-carrier.ts';
import type { Message, Phones } from './phones.ts';

// The people of a run do what the product asks of them, as far as a plan needs it to end.

function person(): { written: Message[]; shows: (body: string) => void } {
  const written: Message[] = [];
  const one = new Person(1, {
    write: (message: Message) => written.push(message),
    addressOf: () => '+15555550111',
  } as unknown as Phones);
  return { written, shows: (body) => one.reads({ sid: 'SM1', body } as OnPhone) };
}

test('a person who is told that an /end came too late, behind newer messages, sends it again', () => {
  const { written, shows } = person();
  shows(texts.inbound.leftUndone(1, '/end'));
  expect(written).toMatchObject([{ what: '/end', body: '/end' }]);
});

test('other commands that came too late are let be', () => {
  const { written, shows } = person();
  shows(texts.inbound.leftUndone(1, '/stop'));
  shows(texts.inbound.reachedLate(1, '/end'));
  expect(written).toEqual([]);
});

test('a voice note that was dropped, which the sentence cannot name, is brought back', async () => {
  vi.useFakeTimers();
  const { written, shows } = person();
  shows(texts.stopped([texts.inbound.something]));
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  expect(written).toMatchObject([{ what: '/retry' }]);
});

test('nobody quotes an answer whose id the relay learns only from the carrier’s list', () => {
  const one = new Person(1, { get: () => undefined, addressOf: () => '+15555550111' } as unknown as Phones);
  const shown = { sid: 'SM1', body: 'm0001 done. In main.' };
  one.reads({ ...shown, hasCallbacks: false } as OnPhone);
  expect(one.newestAnswer).toBeNull();
  one.reads({ ...shown, hasCallbacks: true } as OnPhone);
  expect(one.newestAnswer).toMatchObject({ sid: 'SM1', id: 'm0001' });
});

test('a person who writes answers doesn’t write the previous one again, which would answer the new question', async () => {
  const written: Message[] = [];
  const one = new Person(1, {
    write: (message: Message) => written.push(message),
    addressOf: () => '+15555550111',
    get: () => undefined,
    canTap: () => true,
  } as unknown as Phones);
  Object.assign(one, { answersBy: 'words', tapsAgain: true });
  for (const [id, choice] of [
    ['m0001', 'green'],
    ['m0002', 'blue'],
  ] as const) {
    void one.asked(id, choice);
    one.reads({ sid: id, body: `${id} asks: which colour?` } as OnPhone);
    await Promise.resolve();
  }
  expect(written.map(({ body }) => body)).toEqual(['green', 'blue']);
});
