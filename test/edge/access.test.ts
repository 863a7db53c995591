import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { REPLIES_MAX } from '../../src/conversation/policy/outbox.ts';
import { Directory } from '../../src/objects/directory.ts';
import { AccessStore } from '../../src/objects/stores/access-store.ts';
import { texts } from '../../src/texts/index.ts';
import { HOUR } from '../../src/units.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { addressObject, evict, isUnset, OURS, post, stubOf, text, textForm, useOutside } from './relay.ts';

// Who is let in, by whom, and who is out again: strangers, codes, invitations and admins, with an object for each.

quiet();
const clock = useClock();
const world = useOutside();
const said = texts.access;
const vars = env as unknown as Record<string, string>;
const before = { ...vars };
const directory = () => env.DIRECTORY.getByName('directory');
const numberOf = ({ address }: Person): string => address.replace('whatsapp:', '');
const maskOf = ({ address }: Person): string => `WhatsApp …${address.slice(-4)}`;

beforeEach(() => clock.freeze());
afterEach(() => {
  Object.assign(vars, before);
});

/** An owner who has just written, and a deployment that lets in nobody else. */
async function owned(pairing: 'on' | 'off' = 'on'): Promise<Person> {
  const owner = new Person(world);
  Object.assign(vars, { ADMIN_SENDERS: numberOf(owner), ALLOWED_SENDERS: numberOf(owner), PAIRING: pairing });
  Object.assign(vars, { PAIRING_DAILY: '50' });
  await owner.says('/help');
  await owner.comesToRest(clock);
  return owner;
}

/** Texts, and waits until the person has got an answer that contains the words. */
async function hears(person: Person, text: string, words: string): Promise<string> {
  const had = person.got().length;
  await person.says(text);
  return gets(person, words, had);
}

async function gets(person: Person, words: string, had = 0): Promise<string> {
  let found: string | undefined;
  await person.runs(clock, () => {
    found = person
      .bodies()
      .slice(had)
      .find((body) => body.includes(words));
    return found !== undefined;
  });
  return found ?? '';
}

/** What a stranger got, who may have no object. */
const toStranger = (person: Person, count: number): Promise<string[]> =>
  person.outside.until(() => person.got().length >= count && person.bodies());

const codeIn = (text = ''): string => /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(text)?.[0] ?? '';

describe('pairing', () => {
  test('a stranger gets a code, the owner’s yes lets them in, and the text that asked is answered', async () => {
    const owner = await owned();
    const mia = new Person(world);
    await mia.says('build me a shop', { ProfileName: 'Mia *bold* https://x.example' });
    expect(codeIn((await toStranger(mia, 1))[0])).not.toBe('');
    expect(await isUnset(mia.address)).toBe(true);
    const asked = await gets(owner, 'Let them in?');
    expect(asked).toContain(`Mia bold https x example (${maskOf(mia)})`);
    expect(asked).not.toContain(numberOf(mia).slice(0, 8));
    const request = /\/pair yes (\d+)/.exec(asked)?.[1] ?? '1';
    await hears(owner, `/pair yes ${request}`, 'is in, as a member');
    const { texts: asks } = await mia.started();
    expect(asks).toEqual(['build me a shop']);
    const people = await directory().people(0);
    expect(people.map(({ role, standing }) => [role, standing])).toContainEqual(['member', 'in']);
    const audit = await directory().audit(null);
    expect(audit.map(({ action }) => action)).toEqual(['let in']);
    expect(JSON.stringify(audit)).not.toContain(numberOf(mia));
    await hears(owner, `/pair yes ${request}`, said.isIn('Mia bold https x example', maskOf(mia)));
    await hears(owner, `/pair no ${request}`, said.alreadyDecided(true));
  });

  test('an admin lets in whoever has the code; a code counts once, for an hour, and only here', async () => {
    const owner = await owned();
    const [mia, ben] = [new Person(world), new Person(world)];
    await mia.says('hello');
    const code = codeIn((await toStranger(mia, 1))[0]);
    await hears(owner, `/pair ${code.toLowerCase().replace('-', ' ')}`, 'is in, as a member');
    await ben.says('hello');
    const late = codeIn((await toStranger(ben, 1))[0]);
    clock.move(HOUR + 1);
    await hears(owner, `/pair ${late}`, said.codeExpired);
    expect(await isUnset(ben.address)).toBe(true);
    for (let tries = 0; tries < 5; tries++) await hears(owner, '/pair AAAA-BBBB', said.unknownCode);
    await hears(owner, '/pair AAAA-BBBB', said.codesWait);
    clock.move(HOUR + 1);
    await hears(owner, '/pair AAAA-BBBB', said.unknownCode);
  });

  test('three codes at a time, none after a no, none above the day’s number, none without an admin', async () => {
    const owner = await owned();
    const [mia, ben, ann] = [new Person(world), new Person(world), new Person(world)];
    for (let n = 0; n < 5; n++) await mia.says(`text ${n}`);
    expect(await toStranger(mia, 3)).toHaveLength(3);
    await hears(owner, '/pair no 1', 'stays out');
    await toStranger(mia, 4);
    await mia.says('please');
    Object.assign(vars, { PAIRING_DAILY: '4' });
    await ben.says('hello');
    await toStranger(ben, 1);
    await ann.says('hello');
    Object.assign(vars, { PAIRING_DAILY: '50', ADMIN_SENDERS: '' });
    await owner.evicted();
    await ann.says('hello again');
    clock.move(1000);
    expect([mia.got().length, ann.got().length]).toEqual([4, 0]);
    expect(mia.bodies().at(-1)).toBe(said.refused);
  });

  test('an admin’s third answer makes the address a further one of somebody who is in', async () => {
    const owner = await owned();
    const mia = new Person(world);
    vars.ALLOWED_SENDERS += `,${numberOf(mia)}`;
    await mia.says('/help');
    await mia.comesToRest(clock);
    const id = 'whatsapp:US.13491208655302745150';
    await text(id, 'it’s me, build the shop');
    const n = /text \/pair (\d+) as 3/.exec(await gets(owner, 'Let them in?'))?.[1];
    const { n: of } = (await directory().people(0)).find(({ masked }) => masked === maskOf(mia)) ?? {};
    await hears(owner, `/pair ${n} as 77`, said.nobody(77));
    await hears(owner, `/pair ${n} as ${of}`, 'leads to the conversation of');
    await gets(mia, 'An admin added an address of yours');
    expect((await mia.started()).texts).toEqual(['it’s me, build the shop']);
    const homes = await Promise.all([mia.address, id].map((address) => addressObject(address).entry()));
    expect(homes[0]?.id).toBe(homes[1]?.id);
    const audit = (await directory().audit(null)).map(({ action, subject }) => [action, subject]);
    expect(audit).toEqual([['bound an address', homes[0]?.id]]);
    await hears(owner, `/pair ${n} as ${of}`, said.alreadyDecided(true));
  });

  test('an admin gives nobody above them another address', async () => {
    const owner = await owned();
    const mia = new Person(world);
    vars.ALLOWED_SENDERS += `,${numberOf(mia)}`;
    vars.ADMIN_SENDERS += `,${numberOf(mia)}`;
    await hears(mia, '/help', '');
    const id = 'whatsapp:US.13491208655302745151';
    await text(id, 'let me in');
    const n = /text \/pair (\d+) as 3/.exec(await gets(mia, 'Let them in?'))?.[1];
    await hears(mia, `/pair ${n} as ${numberOf(owner)}`, said.refusals['needs-owner']);
    expect(await isUnset(id)).toBe(true);
    // Their own they may, and are answered there.
    await mia.says(`/pair ${n} as ${numberOf(mia)}`);
    const home = (await addressObject(mia.address).entry())?.id;
    await mia.runs(clock, async () => (await addressObject(id).entry())?.id === home);
  });

  test('the person who asks can’t answer for themself', async () => {
    await owned();
    const mia = new Person(world);
    await mia.says('hello');
    const code = codeIn((await toStranger(mia, 1))[0]);
    await mia.says(`/pair ${code}`);
    expect((await toStranger(mia, 2)).at(-1)).toBe(said.adminEnters);
    expect(await isUnset(mia.address)).toBe(true);
  });

  test('is off unless the operator wants it: strangers get nothing', async () => {
    await owned('off');
    const mia = new Person(world);
    await mia.says('hello');
    clock.move(1000);
    expect(mia.got()).toEqual([]);
  });

  test('a stranger’s text and address are forgotten after the hour', async () => {
    await owned();
    const mia = new Person(world);
    const key = `sk-ant-api03-${'aB3'.repeat(31)}AA`;
    await mia.says(`my secret plan with ${key}`);
    await toStranger(mia, 1);
    expect(await storedPairings()).toContain('my secret plan');
    expect(await storedPairings()).not.toContain(key);
    clock.move(HOUR + 1);
    await directory().people(0);
    await runDurableObjectAlarm(directory());
    expect(await storedPairings()).not.toContain('my secret plan');
    expect(await storedPairings()).not.toContain(numberOf(mia));
  });
});

async function storedPairings(): Promise<string> {
  return runInDurableObject(directory(), (_, { storage }) =>
    JSON.stringify(storage.sql.exec('SELECT * FROM pairings').toArray()),
  );
}

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

test('a number in the list of people is never somebody else’s', async () => {
  const entry = { id: 'a'.repeat(64), name: null, role: 'member', standing: 'in', masked: 'SMS …0001' } as const;
  const numbers = async () => (await directory().people(0)).map(({ n }) => n);
  await directory().index(entry);
  const last = Math.max(...(await numbers()));
  await directory().forget({ conversation: entry.id, addresses: [], op: 'gone', total: 0 });
  await directory().index({ ...entry, id: 'b'.repeat(64) });
  expect(Math.max(...(await numbers()))).toBe(last + 1);
});

test('who may no longer let anybody in isn’t asked to', async () => {
  const owner = await owned();
  const [ann, mia] = [new Person(world), new Person(world)];
  vars.ALLOWED_SENDERS += `,${numberOf(ann)}`;
  vars.ADMIN_SENDERS += `,${numberOf(ann)}`;
  await hears(ann, '/status', '');
  await hears(owner, `/role ${numberOf(ann)} member`, 'is a member now');
  await gets(ann, said.roleIs('member'));
  await mia.says('hello');
  await gets(owner, 'Let them in?');
  await ann.comesToRest(clock);
  expect(ann.bodies().join()).not.toContain('Let them in?');
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
