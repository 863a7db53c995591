import { expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { homeOf, useHomes } from './homes.ts';
import { Person } from './person.ts';
import { post, textForm, vars } from './relay.ts';

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
