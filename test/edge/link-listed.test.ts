import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { type Config, readConfig } from '../../src/config/config.ts';
import { texts } from '../../src/texts/index.ts';
import { handOver } from '../../src/worker/intake.ts';
import { homeOf, useHomes } from './homes.ts';
import { Person } from './person.ts';
import { isUnset, vars } from './relay.ts';

// The carrier's list shows each text of a stranger again, minutes after its webhook: no object has stored it.

const { clock, world } = useHomes();
const said = texts.links;
const numberOf = ({ address }: Person): string => address.replace('whatsapp:', '');
const maskOf = ({ address }: Person): string => `WhatsApp …${address.slice(-4)}`;

type Form = Record<string, string>;

/** As the cron finds it in the list. */
async function listed(form: Form, ago = 4 * 60_000): Promise<void> {
  const config = readConfig(vars as never) as { ok: true; config: Config };
  const { MessageSid: providerId = '', From: from = '', To: to = '', Body: text = '' } = form;
  const bare = { attachments: 0, files: [], quoted: null, unread: null, predecessor: null, optOut: null };
  await handOver(env, config.config, { ...bare, providerId, from, to, text, receivedAt: Date.now() - ago, late: true });
}

/** A text whose webhook never came. */
const lost = ({ address, ours }: Person, Body: string): Form => ({
  MessageSid: `SM${Body}`.padEnd(34, '0'),
  From: address,
  To: ours,
  Body,
});

async function codeOf(person: Person): Promise<string> {
  vars.ALLOWED_SENDERS = numberOf(person);
  const before = person.bodies().filter((body) => body.includes('LINK ')).length;
  await person.says('/link');
  let code = '';
  await person.runs(clock, () => {
    const codes = [
      ...person
        .bodies()
        .join('\n')
        .matchAll(/LINK ([A-Z2-9]{4}-[A-Z2-9]{4})/g),
    ];
    code = codes[before]?.[1] ?? '';
    return code !== '';
  });
  return code;
}

const isAsked = (person: Person) => person.bodies().filter((body) => body.includes('Shall I link it?')).length;

test('a code is asked about once, and a yes links once', async () => {
  const [ada, phone] = [new Person(world), new Person(world)];
  const code = await phone.says(`LINK ${await codeOf(ada)}`);
  await phone.outside.until(() => isAsked(phone) === 1);
  await listed(code);
  const yes = await phone.says('yes');
  await ada.runs(clock, () => phone.bodies().includes(said.isYou));
  for (const form of [code, yes]) await listed(form);
  await ada.comesToRest(clock);
  expect(isAsked(phone)).toBe(1);
  expect(phone.bodies().at(-1)).toBe(said.isYou);
  expect(await ada.attempts()).toEqual([]);
  expect(await homeOf(phone)).toBe(await homeOf(ada));
});

test('a no is answered once, and begins no conversation', async () => {
  const [ada, phone] = [new Person(world), new Person(world)];
  const code = await phone.says(`LINK ${await codeOf(ada)}`);
  await phone.outside.until(() => isAsked(phone) === 1);
  const no = await phone.says('no');
  await phone.outside.until(() => phone.bodies().includes(said.not));
  vars.ALLOWED_SENDERS += `,${numberOf(phone)}`;
  for (const form of [code, no]) await listed(form);
  await ada.comesToRest(clock);
  expect(phone.bodies()).toHaveLength(2);
  expect(await isUnset(phone.address)).toBe(true);
});

test('a code that links nothing is answered once', async () => {
  const phone = new Person(world);
  const code = await phone.says('LINK AAAA-BBB2');
  await phone.outside.until(() => phone.bodies().length === 1);
  await listed(code);
  expect(phone.bodies()).toEqual([said.unknown]);
});

test('a code and a no are known after the person’s next code, too', async () => {
  const [ada, phone] = [new Person(world), new Person(world)];
  const code = await phone.says(`LINK ${await codeOf(ada)}`);
  await phone.outside.until(() => isAsked(phone) === 1);
  const no = await phone.says('no');
  await phone.outside.until(() => phone.bodies().includes(said.not));
  const next = await codeOf(ada);
  await phone.says(`LINK ${next}`);
  await phone.outside.until(() => isAsked(phone) === 2);
  for (const form of [code, no]) await listed(form);
  await phone.says('yes');
  await ada.runs(clock, () => phone.bodies().includes(said.isYou));
  expect(phone.bodies()).toHaveLength(4);
});

test('a code whose webhook was lost counts after a wrong one', async () => {
  const [ada, phone] = [new Person(world), new Person(world)];
  const code = await codeOf(ada);
  await phone.says('LINK AAAA-BBB2');
  await phone.outside.until(() => phone.bodies().length === 1);
  await listed(lost(phone, `LINK ${code}`));
  await phone.outside.until(() => isAsked(phone) === 1);
});

test('a code and a yes whose webhooks were lost count', async () => {
  const [ada, phone] = [new Person(world), new Person(world)];
  await listed(lost(phone, `LINK ${await codeOf(ada)}`));
  await phone.outside.until(() => isAsked(phone) === 1);
  await listed(lost(phone, 'yes'));
  await ada.runs(clock, () => phone.bodies().includes(said.isYou));
});

test('after /unlink, no text from before begins a conversation, and a new one does', async () => {
  const [ada, phone] = [new Person(world), new Person(world)];
  const code = await phone.says(`LINK ${await codeOf(ada)}`);
  await phone.outside.until(() => isAsked(phone) === 1);
  const yes = await phone.says('yes');
  await ada.runs(clock, () => phone.bodies().includes(said.isYou));
  vars.ALLOWED_SENDERS += `,${numberOf(phone)}`;
  const mask = maskOf(phone);
  const status = await phone.says('/status');
  const unlink = await phone.says(`/unlink ${mask}`);
  await ada.runs(clock, () => phone.bodies().includes(said.unlinkSure(mask)));
  const sure = await phone.says('yes');
  await ada.runs(clock, () => phone.bodies().includes(said.unlinkedHere(maskOf(ada))));
  const told = phone.bodies();
  for (const form of [code, yes, status, unlink, sure]) await listed(form);
  expect(await homeOf(phone)).toBeUndefined();
  expect(phone.bodies()).toEqual(told);
  clock.move(1000);
  await phone.says('/status');
  await phone.runs(clock, () => phone.bodies().length > told.length);
  expect(await homeOf(phone)).not.toBe(await homeOf(ada));
});
