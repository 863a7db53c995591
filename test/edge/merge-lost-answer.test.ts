import { expect, test, vi } from 'vitest';
import { MergeObject } from '../../src/objects/merge-object.ts';
import { texts } from '../../src/texts/index.ts';
import { DAY, MINUTE } from '../../src/units.ts';
import { homeOf } from './homes.ts';
import { Person } from './person.ts';
import { vars } from './relay.ts';
import { idOf, stepOf, useTwoHomes } from './two-homes.ts';

// Two homes become one, and the younger one doesn't hear that the elder one has taken everything. Until it does, nothing
// may take the job's place at the elder home.

const { clock, world, two, workedIn, hears, both, agree, finished } = useTwoHomes();

/** The elder home carries the last call out once; its answers are lost until `comesBack`. */
function losesAnswers(): { count: () => number; comesBack: () => void } {
  const home = MergeObject.prototype as unknown as Record<'endMerge', (...args: unknown[]) => Promise<unknown>>;
  const { endMerge } = home;
  let [first, isAway, calls] = ['', true, 0];
  vi.spyOn(home, 'endMerge').mockImplementation(async function (this: unknown, ...args) {
    const { op } = args[0] as { op: string };
    first ||= op;
    if (op !== first || !isAway) return endMerge.apply(this, args);
    if (calls++ === 0) await endMerge.apply(this, args);
    throw new Error('cut');
  });
  return {
    count: () => calls,
    comesBack: () => {
      isAway = false;
    },
  };
}

test('another conversation has to wait, and is taken when both know', async () => {
  const people = await two();
  const [ada, ben] = people;
  await workedIn(ben);
  const phone = new Person(world);
  vars.ALLOWED_SENDERS += `,${phone.address.replace('whatsapp:', '')}`;
  clock.move(1000);
  await hears(phone, '/help', '/');
  const answers = losesAnswers();
  await agree(ada, ben);
  await both(people, () => answers.count() > 0);
  const code = async (): Promise<string> =>
    /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(await hears(ada, '/link', 'LINK '))?.[0] ?? '';
  const told = await hears(phone, `LINK ${await code()}`, '');
  expect(told).toBe(texts.merging.isMerging);
  answers.comesBack();
  await finished(people);
  await hears(phone, `LINK ${await code()}`, 'Shall I link it?');
  await phone.says('yes');
  await both([ada, phone], async () => (await homeOf(phone)) === idOf(ada));
  const reminders = (person: Person) => person.rows(`SELECT prompt FROM schedules WHERE state = 'active'`);
  expect([await reminders(ada), await reminders(ben)]).toMatchObject([[{}], []]);
  expect(await homeOf(ben)).toBe(idOf(ada));
});

test('a person who deletes everything is asked to wait, and then keeps nothing at either home', async () => {
  const people = await two();
  const [ada, ben] = people;
  await workedIn(ben);
  const answers = losesAnswers();
  await agree(ada, ben);
  await both(people, () => answers.count() > 0);
  await hears(ada, '/forget everything', 'Last check');
  expect(await hears(ada, 'DELETE', 'deleted nothing yet')).toBe(texts.privacy.forgetAfterMerge);
  answers.comesBack();
  await both(people, async () => (await stepOf(ben)) === 'leave', MINUTE);
  await ada.says('DELETE');
  await both([ada, ada], () => ada.bodies().at(-1)?.startsWith('Everything of yours is deleted') === true, MINUTE);
  expect(await ben.rows('SELECT 1 FROM messages').catch(() => [])).toEqual([]);
});

test('what the channel still keeps of the younger home’s files is deleted by the elder one', async () => {
  const people = await two();
  const [ada, ben] = people;
  const { early } = await workedIn(ben);
  // The carrier didn't answer the first time.
  await ben.rows(
    `INSERT INTO timers (kind, ref, due_at, attempts)
     SELECT 'media', seq, ${Date.now() + DAY}, 2 FROM messages WHERE provider_id = '${early.MessageSid}'`,
  );
  await ben.evicted();
  await agree(ada, ben);
  await finished(people);
  expect(
    await ada.rows(
      `SELECT m.provider_id AS text, t.attempts FROM timers t JOIN messages m ON m.seq = t.ref WHERE kind = 'media'`,
    ),
  ).toEqual([{ text: early.MessageSid, attempts: 2 }]);
});
