import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { DAY } from '../../src/units.ts';
import { homeOf, useHomes } from './homes.ts';
import { Person } from './person.ts';
import { addressObject, post, stubOf, textForm, vars } from './relay.ts';
import { TelegramPerson } from './telegram-person.ts';

// A code of /link makes nobody somebody else, and brings nobody rights.

const { clock, world } = useHomes();
const said = texts.links;
const numberOf = ({ address }: Person): string => address.replace('whatsapp:', '');

/** A person who is in, and their code. */
async function codeOf(person: Person): Promise<string> {
  await person.says('/help');
  await person.comesToRest(clock);
  await person.says('/link');
  let code = '';
  await person.runs(clock, () => {
    code = /LINK ([A-Z2-9]{4}-[A-Z2-9]{4})/.exec(person.bodies().join('\n'))?.[1] ?? '';
    return code !== '';
  });
  return code;
}

test('somebody who forges the sender of SMS, and reads no answer, makes nobody’s number their own', async () => {
  const [mallory, victim] = [new Person(world), new Person(world)];
  Object.assign(vars, { SMS: 'on', ALLOWED_SENDERS: `${numberOf(mallory)},${numberOf(victim)}` });
  const code = await codeOf(mallory);
  expect(mallory.bodies().join()).not.toContain('• SMS');
  for (const body of [`LINK ${code}`, 'yes']) {
    const forged = textForm(numberOf(victim), body, { To: victim.ours.replace('whatsapp:', '') });
    expect((await post('/webhooks/twilio', forged)).status).toBe(200);
  }
  await mallory.comesToRest(clock);
  const toVictim = world.outside.sent.filter(({ to }) => to === numberOf(victim)).map(({ body }) => body);
  expect(toVictim).toContain(said.notFrom('SMS', [{ channel: 'WhatsApp', isNew: true }]));
  await victim.says('the password of our shop is swordfish');
  const read = await mallory.rows<{ text: string }>('SELECT text FROM messages');
  expect(read.map(({ text }) => text).join()).not.toContain('swordfish');
  expect(await homeOf(victim)).not.toBe(await homeOf(mallory));
});

test.each(['admin', 'owner'])('a code brings a member no rights of an address that the lists call %s', async (role) => {
  const [mallory, owner, admin] = [new Person(world), new Person(world), new Person(world)];
  const listed = role === 'owner' ? owner : admin;
  vars.ADMIN_SENDERS = [owner, admin].map(numberOf).join();
  vars.ALLOWED_SENDERS = `${vars.ADMIN_SENDERS},${numberOf(mallory)}`;
  await listed.says(`LINK ${await codeOf(mallory)}`);
  await listed.outside.until(() => listed.bodies().includes(said.needsRole));
  await listed.says('yes');
  await mallory.comesToRest(clock);
  expect((await addressObject(mallory.address).entry())?.role).toBe('member');
});

test('an address that came onto the list of admins after the question brings no rights either', async () => {
  const [mallory, ben] = [new Person(world), new Person(world)];
  vars.ALLOWED_SENDERS = [mallory, ben].map(numberOf).join();
  await ben.says(`LINK ${await codeOf(mallory)}`);
  await ben.outside.until(() => ben.bodies().some((body) => body.includes('Shall I link it?')));
  vars.ADMIN_SENDERS = `+15555550199,${numberOf(ben)}`;
  await ben.says('yes');
  await ben.outside.until(() => ben.bodies().includes(said.needsRole));
  expect((await addressObject(mallory.address).entry())?.role).toBe('member');
});

test('an admin of the list whom the owner made a guest is no admin again by joining a member’s conversation', async () => {
  const [owner, ben, bensOther] = [new Person(world), new Person(world), new TelegramPerson()];
  vars.ADMIN_SENDERS = [owner, ben].map(numberOf).join();
  vars.ALLOWED_SENDERS = `${vars.ADMIN_SENDERS},${bensOther.address}`;
  const roleOf = async (person: { address: string }) => (await addressObject(person.address).entry())?.role;
  await bensOther.says('/help');
  clock.move(1000);
  for (const one of [owner, ben]) {
    await one.says('/help');
    await one.comesToRest(clock);
  }
  await owner.says(`/role ${numberOf(ben)} guest`);
  await owner.comesToRest(clock);
  expect([await roleOf(ben), await roleOf(bensOther)]).toEqual(['guest', 'member']);
  await bensOther.says('/link');
  const told = () => world.outside.telegram.of('sendMessage').map(({ text }) => String(text));
  let code = '';
  await world.outside.until(async () => {
    await runDurableObjectAlarm(stubOf(bensOther.address)).catch(() => undefined);
    code = /LINK ([A-Z2-9]{4}-[A-Z2-9]{4})/.exec(told().join('\n'))?.[1] ?? '';
    clock.move(100);
    return code !== '';
  });
  await ben.says(`LINK ${code}`);
  await ben.runs(clock, () => ben.bodies().includes(texts.merging.needsRole));
  expect([await roleOf(ben), await roleOf(bensOther)]).toEqual(['guest', 'member']);
});

test('wrong codes that strangers texted are forgotten in the end', async () => {
  const count = (): Promise<number> =>
    runInDurableObject(env.DIRECTORY.getByName('directory'), (_, { storage: { sql } }) =>
      Number(sql.exec('SELECT count(*) AS n FROM wrong_codes').one().n),
    );
  for (let n = 0; n < 5; n++) await new TelegramPerson().says('LINK AAAA-BBB2');
  expect(await count()).toBeGreaterThan(4);
  clock.move(31 * DAY);
  await new TelegramPerson().says('LINK AAAA-BBB2');
  // That one's, and everybody's together.
  expect(await count()).toBe(2);
});
