import { describe, expect, test } from 'vitest';
import { REPLIES_MAX } from '../../src/conversation/policy/outbox.ts';
import { HOUR } from '../../src/units.ts';
import { directory, numberOf, said, useAccess } from './let-in.ts';
import { addressObject, evict, OURS, post, text, textForm, vars } from './relay.ts';

// Whoever is locked or may be on the list is told so, and no row has a PIN.

const { clock, owned, hears, gets } = useAccess();

test('a PIN is in no row', async () => {
  const owner = await owned('off');
  await hears(owner, '/pin 4821', said.pinSet);
  await hears(owner, '/unlock 4821', said.notLocked);
  for (const table of ['messages', 'conversation', 'timers', 'replies']) {
    expect(JSON.stringify(await owner.rows(`SELECT * FROM ${table}`)), table).not.toContain('4821');
  }
});

describe('somebody who may be on the list is not refused in silence', () => {
  const causes = async (): Promise<string[]> => (await directory().alerts()).map(({ cause }) => cause);

  test('where WhatsApp hides the number: the operator hears what to do', async () => {
    await owned('off');
    clock.move(HOUR);
    await text('whatsapp:US.13491208655302749999', 'hello');
    expect(await causes()).toEqual(['sender-without-number']);
    clock.move(HOUR + 1);
    await text('whatsapp:+15555559999', 'hello');
    expect(await causes()).toEqual(['sender-without-number']);
  });

  test('where WhatsApp hides the number and nobody can be asked: the operator hears it as well', async () => {
    const owner = await owned();
    const before = (await directory().alerts()).length;
    await text('whatsapp:US.13491208655302740001', 'hello');
    await gets(owner, 'Let them in?');
    expect(await directory().alerts()).toHaveLength(before);
    Object.assign(vars, { ADMIN_SENDERS: '' });
    await evict(owner.address);
    clock.move(3 * HOUR);
    await text('whatsapp:US.13491208655302740002', 'hello');
    expect((await directory().alerts())[0]?.cause).toBe('sender-without-number');
  });

  test('on a channel that is off: the operator hears why', async () => {
    const owner = await owned('off');
    Object.assign(vars, { SMS: 'off' });
    clock.move(2 * HOUR);
    await post('/webhooks/twilio', textForm(numberOf(owner), 'hello', { To: OURS.replace('whatsapp:', '') }));
    await post('/webhooks/twilio', textForm('+15555559999', 'hello', { To: OURS.replace('whatsapp:', '') }));
    expect(await causes()).toEqual(['sms-is-off']);
  });
});

test('however many replies wait, a locked person is told so, and what waited leaves after it', async () => {
  const owner = await owned('off');
  const body = 'it waited';
  await owner.rewrites(
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${REPLIES_MAX + 4})
     INSERT INTO replies (id, seq, part, kind, "from", "to", body, state, attempt, created_at)
     SELECT '01J00000000000000000000' || printf('%03d', i), 100 + i, 0, 'notice', '${OURS}', '${owner.address}',
       '${body}', 'ready', 0, ${Date.now()} FROM n`,
  );
  await owner.rewrites('UPDATE conversation SET next_reply_seq = 300');
  const home = addressObject(owner.address);
  await home.changeAccess({ to: 'lock' }, { id: 'operator', role: 'owner', isSelf: false });
  await gets(owner, said.locked('asked', false));
  expect(owner.bodies()).not.toContain(body);
  await home.changeAccess({ to: 'unlock' }, { id: 'operator', role: 'owner', isSelf: false });
  await gets(owner, said.unlocked);
  expect(owner.bodies().filter((each) => each === body)).toHaveLength(REPLIES_MAX + 5);
});
