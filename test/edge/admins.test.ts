import { env } from 'cloudflare:workers';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Directory } from '../../src/objects/directory.ts';
import { AccessStore } from '../../src/objects/stores/access-store.ts';
import { texts } from '../../src/texts/index.ts';
import { directory, maskOf, numberOf, said, useAccess } from './let-in.ts';
import { Person } from './person.ts';
import { addressObject, evict, stubOf, vars } from './relay.ts';

// Admins list, block, lock and change people, and the audit has each change once.

const { clock, world, owned, hears, gets } = useAccess();

test('a number in the list of people is never somebody else’s', async () => {
  const entry = { id: 'a'.repeat(64), name: null, role: 'member', standing: 'in', masked: 'SMS …0001' } as const;
  const numbers = async () => (await directory().people(0)).map(({ n }) => n);
  await directory().index(entry);
  const last = Math.max(...(await numbers()));
  await directory().forget({ conversation: entry.id, addresses: [], op: 'gone', total: 0 });
  await directory().index({ ...entry, id: 'b'.repeat(64) });
  expect(Math.max(...(await numbers()))).toBe(last + 1);
});

describe('an admin', () => {
  /** A member whom the configuration lists, with a turn that runs, and their number in the list. */
  async function member(owner: Person): Promise<{ mia: Person; n: number }> {
    const mia = new Person(world);
    vars.ALLOWED_SENDERS += `,${numberOf(mia)}`;
    await mia.says('please');
    await mia.started();
    await owner.outside.until(async () => (await directory().people(0)).some(({ masked }) => masked === maskOf(mia)));
    const n = (await directory().people(0)).find(({ masked }) => masked === maskOf(mia))?.n ?? 0;
    return { mia, n };
  }

  test('lists people, and blocks one: the turn stops, texts are refused, and the model is closed', async () => {
    const owner = await owned('off');
    const { mia, n } = await member(owner);
    const { attempt } = await mia.started();
    expect(await hears(owner, '/users', `${n}. No name, member (${maskOf(mia)})`)).toContain('owner');
    await hears(owner, `/block ${n}`, 'is blocked');
    const stub = env.CONVERSATIONS.getByName(mia.address);
    const request = { id: 'R1', attempt, model: 'm', bytes: 1, counts: false };
    expect(['ended', 'removed']).toContain(await stub.beginModelRequest(request));
    expect(await stub.standing()).toBe('known');
    await mia.outside.until(() => mia.outside.interrupts.length > 0);
    const kept = (await mia.messageStates()).split(' ').length;
    await mia.says('hello?');
    expect((await mia.messageStates()).split(' ')).toHaveLength(kept);
    await hears(owner, `/unblock ${n}`, 'is in again');
    expect(await stub.standing()).toBe('served');
    expect((await directory().audit(null)).map(({ action }) => action)).toEqual(['unblock', 'block']);
  });

  test('changes roles, but only the owner makes admins, and nobody removes the last owner', async () => {
    const owner = await owned('off');
    const { mia, n } = await member(owner);
    const own = (await directory().people(0)).find(({ masked }) => masked === maskOf(owner))?.n ?? 0;
    await hears(mia, `/role ${own} guest`, said.notForRole('role', 'member', 'admin'));
    await hears(owner, `/role ${n} admin`, 'is an admin now');
    await gets(mia, said.roleIs('admin'));
    await hears(mia, `/role ${own} guest`, said.refusals['owner-fixed']);
    await hears(mia, `/block ${own}`, said.refusals['owner-fixed']);
    await hears(mia, `/block ${n}`, said.refusals.self);
    await hears(mia, `/invite admin`, said.refusals['needs-owner']);
    await hears(owner, `/role ${own} member`, said.refusals['owner-fixed']);
    await hears(owner, '/role 77 guest', said.nobody(77));
    await hears(mia, `/role ${n} guest`, 'is a guest now');
    await hears(mia, '/users', said.notForRole('users', 'guest', 'admin'));
  });

  test('is in the audit with what they allow themselves', async () => {
    const owner = await owned('off');
    await hears(owner, '/budget 500 a day', '$500.00');
    await owner.comesToRest(clock);
    const [entry, ...more] = await directory().audit(null);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      action: 'budget',
      actor: entry?.subject,
      detail: expect.stringContaining('$500.00'),
    });
  });

  test('who is the last owner stays one, whatever the index says', async () => {
    const owner = await owned('off');
    const { mia, n } = await member(owner);
    await hears(owner, `/role ${n} owner`, 'is the owner now');
    // The index still has the first one as an owner.
    Object.assign(vars, { ADMIN_SENDERS: '' });
    for (const { address } of [owner, mia]) await evict(address);
    await hears(mia, `/role ${n} member`, said.refusals['owner-fixed']);
    expect((await addressObject(mia.address).entry())?.role).toBe('owner');
  });

  test('when two owners leave at once, one stays', async () => {
    const owner = await owned('off');
    const people = [await member(owner), await member(owner)];
    for (const { n } of people) await hears(owner, `/role ${n} owner`, 'is the owner now');
    Object.assign(vars, { ADMIN_SENDERS: '' });
    for (const { address } of [owner, ...people.map(({ mia }) => mia)]) await evict(address);
    const leaves = ({ mia, n }: (typeof people)[number]) =>
      directory().wish(
        { op: 'change', who: String(n), change: { to: 'role', role: 'member' } },
        { id: stubOf(mia.address).id.toString(), role: 'owner' },
        null,
      );
    await Promise.all(people.map(leaves));
    const roles = await Promise.all(people.map(async ({ mia }) => (await addressObject(mia.address).entry())?.role));
    expect(roles.sort()).toEqual(['member', 'owner']);
  });

  test('locks a lost phone by its number, and unlocks it', async () => {
    const owner = await owned('off');
    const { mia, n } = await member(owner);
    await hears(owner, `/lock ${numberOf(mia)}`, 'is locked');
    await gets(mia, said.locked('asked', false));
    await mia.says('who is this?');
    expect((await mia.rows('SELECT text FROM messages ORDER BY seq DESC LIMIT 1')) as unknown).toEqual([{ text: '' }]);
    await hears(owner, `/unlock ${n}`, 'is unlocked');
    await gets(mia, said.unlocked);
    await hears(owner, `/unlock ${n}`, said.refusals['not-locked']);
  });
});

test('a command of an admin is answered although the directory broke, and is in the audit once', async () => {
  const owner = await owned('off');
  const original = Directory.prototype.wish;
  const ask = vi.spyOn(Directory.prototype, 'wish');
  onTestFinished(() => ask.mockRestore());
  let broke = 0;
  ask.mockImplementation(function (this: Directory, ...of) {
    broke += 1;
    // The first try is cut after its work, the second before it.
    if (broke === 2) throw new Error('cut');
    const said = original.apply(this, of);
    return broke === 1 ? said.then(() => Promise.reject(new Error('cut'))) : said;
  });
  await hears(owner, '/invite guest', 'This code lets one person in as a guest');
  expect((await directory().audit(null)).map(({ action }) => action)).toEqual(['invited']);
});

test('what an admin asked for before they were blocked is not done after it', async () => {
  await owned('off');
  const [mia, ben] = [new Person(world), new Person(world)];
  vars.ALLOWED_SENDERS += `,${numberOf(mia)},${numberOf(ben)}`;
  vars.ADMIN_SENDERS += `,${numberOf(mia)}`;
  await hears(ben, '/help', '');
  await hears(mia, '/help', '');
  const wish = vi.spyOn(Directory.prototype, 'wish').mockRejectedValue(new Error('cut'));
  onTestFinished(() => wish.mockRestore());
  await mia.says(`/block ${numberOf(ben)}`);
  await mia.outside.until(() => wish.mock.calls.length > 0);
  const by = { id: 'operator', role: 'owner', isSelf: false } as const;
  await addressObject(mia.address).changeAccess({ to: 'block' }, by);
  wish.mockRestore();
  const asked = vi.spyOn(Directory.prototype, 'wish');
  onTestFinished(() => asked.mockRestore());
  for (let tries = 0; tries < 4; tries++) {
    clock.move(60_001);
    await mia.ring();
  }
  expect(asked).not.toHaveBeenCalled();
  expect(await addressObject(ben.address).standing()).toBe('served');
});

test('a change that was cut before its audit is answered as done, and is in the audit once', async () => {
  const owner = await owned('off');
  const mia = new Person(world);
  vars.ALLOWED_SENDERS += `,${numberOf(mia)}`;
  await mia.says('/help');
  await mia.comesToRest(clock);
  await hears(owner, `/lock ${numberOf(mia)}`, 'is locked');
  const record = vi.spyOn(AccessStore.prototype, 'record').mockImplementationOnce(() => {
    throw new Error('cut');
  });
  onTestFinished(() => record.mockRestore());
  await hears(owner, `/unlock ${numberOf(mia)}`, 'is unlocked');
  expect(record).toHaveBeenCalledTimes(2);
  expect((await directory().audit(null)).map(({ action }) => action)).toEqual(['unlock', 'lock']);
});

describe('a larger budget', () => {
  test('is asked of the admins, and counts with their yes; the audit knows', async () => {
    const owner = await owned('off');
    const mia = new Person(world);
    Object.assign(vars, { ALLOWED_SENDERS: `${vars.ALLOWED_SENDERS},${numberOf(mia)}` });
    await hears(mia, '/budget 30 today', 'I’ve asked the admins');
    await hears(mia, '/budget 30 today', texts.spending.alreadyAsked);
    const asked = await gets(owner, 'asks for a budget of $30.00 for today');
    expect(asked).not.toContain(numberOf(mia).slice(0, 8));
    const [offer] = await owner.rows('SELECT choices FROM replies WHERE choices IS NOT NULL ORDER BY seq DESC');
    const yes = /\/budget 30 today for \d+/.exec(`${offer?.choices}`)?.[0] ?? '';
    const had = mia.got().length;
    await hears(owner, yes, 'has the new budget');
    expect(await gets(mia, 'An admin changed your budget', had)).toContain('$30.00');
    expect(await hears(mia, '/budget', 'a day: ')).toContain('of $30.00');
    const [entry] = await directory().audit(null);
    expect(entry).toMatchObject({ action: 'budget', detail: 'Your budget for today is $30.00 now.' });
    await hears(mia, '/budget 90 a day for 1', 'Only admins');
  });
});
