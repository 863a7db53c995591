import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { HOUR } from '../../src/units.ts';
import { codeIn, directory, maskOf, numberOf, said, toStranger, useAccess } from './let-in.ts';
import { Person } from './person.ts';
import { addressObject, isUnset, post, text, textForm, vars } from './relay.ts';

// Strangers ask to be let in, get a code, and wait for an admin's yes.

const { clock, world, owned, hears, gets } = useAccess();

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

  test.each(['admin', 'owner'])('nobody gets rights of an address that the lists call %s', async (role) => {
    const owner = await owned();
    const [ann, ben, listed] = [new Person(world), new Person(world), new Person(world)];
    vars.ADMIN_SENDERS = [owner, ann].map(numberOf).join();
    vars.ALLOWED_SENDERS = [owner, ann, ben].map(numberOf).join();
    await hears(ann, '/help', '');
    await hears(ben, '/help', '');
    await listed.says('let me in');
    const n = /text \/pair (\d+) as 3/.exec(await gets(ann, 'Let them in?'))?.[1];
    // A listed admin who has never texted would get the question, too, and have a conversation by that.
    vars.ADMIN_SENDERS = (role === 'owner' ? [listed, owner, ann] : [owner, ann, listed]).map(numberOf).join();
    const lower = role === 'owner' ? ann : ben;
    await hears(ann, `/pair ${n} as ${numberOf(lower)}`, said.needsRole);
    expect(await isUnset(listed.address)).toBe(true);
    await lower.evicted();
    expect((await addressObject(lower.address).entry())?.role).toBe(role === 'owner' ? 'admin' : 'member');
  });

  test('by SMS, where others can write in an admin’s name, nobody gets rights', async () => {
    vars.SMS = 'on';
    const owner = await owned();
    const [mallory, mia] = [new Person(world), new Person(world)];
    await mallory.says('hello');
    const code = codeIn((await toStranger(mallory, 1))[0]);
    vars.ALLOWED_SENDERS += `,${numberOf(mia)}`;
    await hears(mia, '/help', '');
    for (const words of [`/pair ${code} as ${numberOf(owner)}`, `/role ${numberOf(mia)} owner`]) {
      const toOwner = () => world.outside.sent.filter(({ to }) => to === numberOf(owner)).map(({ body }) => body);
      const had = toOwner().length;
      const forged = textForm(numberOf(owner), words, { To: mallory.ours.replace('whatsapp:', '') });
      expect((await post('/webhooks/twilio', forged)).status).toBe(200);
      await owner.runs(clock, () => toOwner().length > had);
      expect(toOwner().at(-1)).toBe(said.rightsElsewhere('SMS', [{ channel: 'WhatsApp', isNew: false }]));
    }
    expect(await isUnset(mallory.address)).toBe(true);
    expect((await addressObject(mia.address).entry())?.role).toBe('member');
  });

  test('with a PIN set, nobody gets another address without it', async () => {
    const owner = await owned();
    await hears(owner, '/pin 4821', 'PIN');
    const mallory = new Person(world);
    await mallory.says('hello');
    const code = codeIn((await toStranger(mallory, 1))[0]);
    await hears(owner, `/pair ${code} as ${numberOf(owner)}`, said.pairPin);
    await hears(owner, `/pair ${code} as ${numberOf(owner)} 1111`, said.wrongPin(4));
    expect(await isUnset(mallory.address)).toBe(true);
    await owner.says(`/pair ${code} as ${numberOf(owner)} 4821`);
    const home = (await addressObject(owner.address).entry())?.id;
    await owner.runs(clock, async () => (await addressObject(mallory.address).entry())?.id === home);
    expect(JSON.stringify(await owner.rows('SELECT text FROM messages'))).not.toContain('4821');
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
