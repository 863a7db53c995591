import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { HOUR } from '../../src/units.ts';
import { codeIn, directory, numberOf, said, toStranger, useAccess } from './let-in.ts';
import { Person } from './person.ts';
import { addressObject, evict, isUnset, OURS, stubOf, vars } from './relay.ts';

// Invitations let people in: codes that count once, end, and aren't guessed.

const { clock, world, owned, hears, gets } = useAccess();

describe('invitations', () => {
  test('whoever texts the code first is in, with its role; it counts once and for seven days', async () => {
    const owner = await owned('off');
    const [mia, ben] = [new Person(world), new Person(world)];
    const invitation = await hears(owner, '/invite guest', 'This code lets one person in as a guest');
    const code = codeIn(invitation);
    expect(invitation).toContain(`https://wa.me/${OURS.replace('whatsapp:+', '')}?text=JOIN%20${code}`);
    await mia.says(`JOIN ${code}`);
    await gets(mia, said.joined('guest'));
    await hears(mia, '/budget', '$2');
    await hears(mia, `JOIN ${code}`, said.alreadyIn);
    expect(mia.outside.starts).toEqual([]);
    await hears(mia, '/approvals', said.notForRole('approvals', 'guest', 'member'));
    await ben.says(`join ${code}`);
    expect(await toStranger(ben, 1)).toEqual([said.codeUsed]);
    const other = codeIn(await hears(owner, '/invite', 'This code lets one person in as a member'));
    clock.move(7 * 24 * HOUR + 1);
    await ben.says(`JOIN ${other}`);
    expect((await toStranger(ben, 2)).at(-1)).toBe(said.codeExpired);
    expect(await isUnset(ben.address)).toBe(true);
  });

  test('that several people use at once lets in one of them', async () => {
    const owner = await owned('off');
    const code = codeIn(await hears(owner, '/invite', 'This code lets one person in'));
    const people = [new Person(world), new Person(world), new Person(world)];
    await Promise.all(people.map((person) => person.says(`JOIN ${code}`)));
    const entries = await Promise.all(people.map(({ address }) => addressObject(address).entry()));
    expect(entries.filter((entry) => entry !== null)).toHaveLength(1);
  });

  test('nobody is let in onto a machine that serves one person', async () => {
    const owner = await owned('off');
    Object.assign(vars, { STATIC_SHARED: '' });
    const mia = new Person(world);
    await hears(owner, '/invite guest', said.machineForOne);
    await mia.says('JOIN AAAA-BBBB');
    clock.move(1000);
    expect(mia.got()).toEqual([]);
  });

  test('guessing ends after five tries', async () => {
    await owned('off');
    const mia = new Person(world);
    for (let n = 2; n < 9; n++) await mia.says(`JOIN AAAA-BBB${n}`);
    const got = await toStranger(mia, 5);
    expect(got).toEqual([...Array<string>(4).fill(said.unknownCode), said.codesWait]);
  });
});

describe('a code of another deployment', () => {
  // The worst case: the other deployment has the same rows, and only its key differs.
  const here = vars.MACHINE_SIGNING_KEY;
  const elsewhere = async (): Promise<string> => {
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
    const { kty, crv, x, d } = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey;
    return JSON.stringify({ kty, crv, x, d });
  };

  test('as an invitation lets nobody in and counts as a try; where it was made it lets in', async () => {
    const owner = await owned('off');
    const [mia, ben] = [new Person(world), new Person(world)];
    const code = codeIn(await hears(owner, '/invite', 'This code lets one person in'));
    vars.MACHINE_SIGNING_KEY = await elsewhere();
    for (let tries = 0; tries < 5; tries++) await mia.says(`JOIN ${code}`);
    expect(await toStranger(mia, 5)).toEqual([...Array<string>(4).fill(said.unknownCode), said.codesWait]);
    expect(await isUnset(mia.address)).toBe(true);
    Object.assign(vars, { MACHINE_SIGNING_KEY: here });
    await ben.says(`JOIN ${code}`);
    await gets(ben, said.joined('member'));
  });

  test('as a stranger’s code lets nobody in and counts as an admin’s try; where it was made it lets in', async () => {
    const owner = await owned();
    const mia = new Person(world);
    await mia.says('hello');
    const code = codeIn((await toStranger(mia, 1))[0]);
    vars.MACHINE_SIGNING_KEY = await elsewhere();
    await hears(owner, `/pair ${code}`, said.unknownCode);
    const tries = await runInDurableObject(directory(), (_, { storage }) =>
      storage.sql.exec('SELECT count FROM wrong_codes WHERE who = ?', stubOf(owner.address).id.toString()).toArray(),
    );
    expect(tries).toEqual([{ count: 1 }]);
    expect(await isUnset(mia.address)).toBe(true);
    Object.assign(vars, { MACHINE_SIGNING_KEY: here });
    await hears(owner, `/pair ${code}`, 'is in, as a member');
  });
});

test('codes of many strangers get so many answers a day, and a right one works all the same', async () => {
  const owner = await owned('off');
  const code = codeIn(await hears(owner, '/invite', 'This code lets one person in'));
  const [mia, ben] = [new Person(world), new Person(world)];
  await mia.says('JOIN AAAA-BBBB');
  expect(await toStranger(mia, 1)).toEqual([said.unknownCode]);
  await runInDurableObject(directory(), (_, { storage }) => {
    storage.sql.exec(`UPDATE wrong_codes SET count = 200 WHERE who = 'everybody'`);
  });
  await ben.says('JOIN AAAA-BBBB');
  clock.move(1000);
  expect(ben.got()).toEqual([]);
  await ben.says(`JOIN ${code}`);
  await gets(ben, said.joined('member'));
});

describe('an invitation', () => {
  const arrives = (person: Person, text: string): Promise<void> => {
    const ends = { from: person.address, to: OURS, uuid: '', attachments: 0, receivedAt: Date.now() };
    return directory().knock({
      from: person.address,
      name: null,
      arrival: { ...ends, text, providerId: `SM${text}` },
    });
  };

  test('takes five tries also while the strangers of the day get no more answers', async () => {
    const owner = await owned('off');
    const code = codeIn(await hears(owner, '/invite', 'This code lets one person in'));
    const [mia, ben] = [new Person(world), new Person(world)];
    await arrives(mia, 'JOIN AAAA-BBBB');
    await runInDurableObject(directory(), (_, { storage }) => {
      storage.sql.exec(`UPDATE wrong_codes SET count = 200 WHERE who = 'everybody'`);
    });
    for (let n = 2; n < 7; n++) await arrives(ben, `JOIN AAAA-BBB${n}`);
    await arrives(ben, `JOIN ${code}`);
    expect(await addressObject(ben.address).entry()).toBeNull();
    clock.move(HOUR + 1);
    await arrives(ben, `JOIN ${code}`);
    expect((await addressObject(ben.address).entry())?.role).toBe('member');
  });

  test('ends with the role of whoever made it', async () => {
    const owner = await owned('off');
    const [mia, ben] = [new Person(world), new Person(world)];
    vars.ALLOWED_SENDERS += `,${numberOf(mia)}`;
    vars.ADMIN_SENDERS += `,${numberOf(mia)}`;
    const code = codeIn(await hears(mia, '/invite', 'This code lets one person in'));
    await hears(owner, `/role ${numberOf(mia)} member`, 'is a member now');
    await ben.says(`JOIN ${code}`);
    expect(await toStranger(ben, 1)).toEqual([said.codeExpired]);
    await hears(owner, `/role ${numberOf(mia)} admin`, 'is an admin now');
    await hears(owner, `/block ${numberOf(mia)}`, 'is blocked');
    await ben.says(`JOIN ${code}`);
    expect(await toStranger(ben, 2)).toEqual([said.codeExpired, said.codeExpired]);
    await hears(owner, `/unblock ${numberOf(mia)}`, 'is in again');
    await ben.says(`JOIN ${code}`);
    await gets(ben, said.joined('member'));
  });

  test('that somebody used lets them in no second time, after they were forgotten', async () => {
    const owner = await owned('off');
    const mia = new Person(world);
    const code = codeIn(await hears(owner, '/invite admin', 'This code lets one person in'));
    await mia.says(`JOIN ${code}`);
    await gets(mia, said.joined('admin'));
    const conversation = env.CONVERSATIONS.idFromName(mia.address).toString();
    await directory().forget({ conversation, addresses: [mia.address], op: 'forgotten', total: 0 });
    const had = mia.got().length;
    await arrives(mia, `JOIN ${code}`);
    await toStranger(mia, had + 1);
    expect(mia.bodies().at(-1)).toBe(said.codeUsed);
  });
});

test.each([
  ['an invitation', 'off'],
  ['an admin’s yes', 'on'],
] as const)('somebody who was taken off the list is let in again by %s', async (_, pairing) => {
  const owner = await owned(pairing);
  const mia = new Person(world);
  const alone = numberOf(owner);
  vars.ALLOWED_SENDERS += `,${numberOf(mia)}`;
  await hears(mia, '/status', '');
  vars.ALLOWED_SENDERS = alone;
  await mia.comesToRest(clock);
  await evict(mia.address);
  expect(await stubOf(mia.address).standing()).toBe('known');
  if (pairing === 'on') {
    const had = mia.got().length;
    await mia.says('let me in');
    await gets(owner, 'Let them in?');
    const code = codeIn((await toStranger(mia, had + 1)).at(-1));
    await hears(owner, `/pair ${code}`, 'is in, as a member');
    await mia.started();
    return;
  }
  const code = codeIn(await hears(owner, '/invite', 'This code lets one person in'));
  await mia.says('let me in');
  await hears(mia, `JOIN ${code}`, said.alreadyIn);
  expect(await stubOf(mia.address).standing()).toBe('served');
});
