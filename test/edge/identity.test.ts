import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { HEX, lookalikes, ULID } from '../lookalikes.ts';
import { Person, quiet } from './person.ts';
import { post, textForm, useOutside } from './relay.ts';

// A message is identified by its whole id: ids that share a beginning or an end, or differ only in case, are different
// messages. Tested in the rows of the object, where that is decided.

const world = useOutside();
beforeEach(quiet);

test('messages whose ids look alike are each taken once, in the order they came', async () => {
  const sids = lookalikes(HEX).map((ids) => [...ids.map((id) => `SM${id}`), `MM${ids[0]}`]);
  await fc.assert(
    fc.asyncProperty(sids, fc.infiniteStream(fc.nat()), async (ids, order) => {
      const person = new Person(world);
      const says = (sid: string): Promise<unknown> => person.says(`about ${sid}`, { MessageSid: sid });
      for (const sid of ids) await says(sid);
      for (const sid of shuffled(ids, order)) await says(sid);
      const taken = await person.rows<{ provider_id: string; text: string; uuid: string }>(
        'SELECT provider_id, text, uuid FROM messages ORDER BY seq',
      );
      expect(taken.map(({ provider_id, text }) => [provider_id, text])).toEqual(
        ids.map((sid) => [sid, `about ${sid}`]),
      );
      expect(new Set(taken.map(({ uuid }) => uuid)).size).toBe(ids.length);
    }),
    { numRuns: 2, endOnFailure: true },
  );
});

test('a callback is for the reply and the message it names whole, and so is a quote', async () => {
  const person = new Person(world);
  await person.says('hello');
  await person.answered(0, 'The very answer.');
  const sent = await person.gets(0);
  const own = new URL(sent.statusCallback);
  const [reply = '', attempt] = (own.searchParams.get('r') ?? '').split('.');
  const states = (): Promise<unknown> => person.rows('SELECT state, sid, error_code FROM replies');
  const before = await states();
  const called = async (r: string, sid: string, MessageStatus: string): Promise<void> => {
    const form = textForm(person.ours, '', { MessageSid: sid, MessageStatus, To: person.address });
    expect((await post(`${own.pathname}?r=${r}.${attempt}`, form)).status).toBe(200);
  };
  await fc.assert(
    fc.asyncProperty(lookalikes(ULID, { like: reply }), async ([, ...others]) => {
      for (const other of others) await called(other, sent.sid, 'delivered');
      expect(await states()).toEqual(before);
    }),
    { numRuns: 2, endOnFailure: true },
  );
  await fc.assert(
    fc.asyncProperty(lookalikes(HEX, { like: sent.sid.slice(2), most: 5 }), async ([, ...others]) => {
      for (const other of others) {
        await called(reply, `SM${other}`, 'failed');
        const { MessageSid = '' } = await person.says('and this?', { OriginalRepliedMessageSid: `SM${other}` });
        const [row] = await person.rows<{ text: string }>(
          `SELECT text FROM messages WHERE provider_id = '${MessageSid}'`,
        );
        expect(row?.text).toContain('and this?');
        expect(row?.text).not.toContain('The very answer.');
      }
      expect(await states()).toEqual(before);
    }),
    { numRuns: 2, endOnFailure: true },
  );
  await called(reply, sent.sid, 'delivered');
  expect(await states()).toMatchObject([{ state: 'delivered', sid: sent.sid }]);
  const { MessageSid } = await person.says('and that?', { OriginalRepliedMessageSid: sent.sid });
  const quoting = await person.rows(`SELECT text FROM messages WHERE provider_id = '${MessageSid}'`);
  expect(quoting).toEqual([{ text: expect.stringContaining('The very answer.') }]);
});

function shuffled<T>(list: readonly T[], order: Iterator<number>): T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(order.next().value % left.length, 1));
}
