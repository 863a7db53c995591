import { env, exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AddressObject } from '../../src/objects/address-object.ts';
import { Conversation } from '../../src/objects/conversation.ts';
import { PersonObject } from '../../src/objects/person-object.ts';
import { Person, quiet } from './person.ts';
import { addressObject, isUnset, newPerson, OURS, post, rows, text, textForm, useOutside, vars } from './relay.ts';

// A person has several addresses and one home. An address leads there: it names the home, or a signpost to it.

const world = useOutside();
beforeEach(quiet);

type Stub = ReturnType<typeof addressObject>;
let ids = 0;
const newId = (): string => `whatsapp:US.1349120865530274${String(1000 + ids++)}`;
/** A number that the configuration doesn't list. */
const unlisted = (): string => `whatsapp:+49151123${String(10000 + ids++)}`;
const idOf = (address: string): string => addressObject(address).id.toString();
const textsOf = async (address: string): Promise<string[]> =>
  (await rows<{ text: string }>(address, 'SELECT text FROM messages ORDER BY seq')).map((row) => row.text);
const hasId = (id: string) => ({ ExternalUserId: id });
const addresses = (person: Person) => person.rows('SELECT address, external_id, state, locked_by FROM addresses');
const causes = async (): Promise<string[]> =>
  (await env.DIRECTORY.getByName('directory').alerts()).map(({ cause }) => cause);

const NOTICE = /^Somebody has to confirm this address/;

describe('a signpost', () => {
  test('a home never becomes one, and it leads to one home', async () => {
    const [one, other] = [new Person(world), new Person(world)];
    const id = newId();
    await one.says('/help');
    const to = (address: string) => ({ home: idOf(address), epoch: 1 });
    expect(await addressObject(one.address).point(to(other.address))).toBe('home');
    expect(await addressObject(id).point(to(one.address))).toBe('pointed');
    expect(await addressObject(id).point(to(other.address))).toBe('other');
    const marks = { at: Date.now(), until: Date.now() + 60_000, key: 'key', hashes: '' };
    await addressObject(id).unpoint(idOf(other.address), marks);
    expect(await addressObject(id).point(to(one.address))).toBe('pointed');
    await addressObject(id).unpoint(idOf(one.address), marks);
    expect(await addressObject(id).entry()).toBeNull();
  });

  const run = { run: '01ARZ3NDEKTSV4RRFFQ69G5FAV', owner: '+15555550142', schedule: 2, part: 0, text: 'the bins' };
  const report = { run: run.run, address: run.owner, parts: 1, state: 'delivered', note: null, code: null } as const;
  const admission = { role: 'guest', name: null, budget: null } as const;
  test.each<[keyof AddressObject & string, (object: Stub, address: string) => unknown]>([
    ['notify', (object, address) => object.notify({ address, sender: OURS, id: 'N1', text: 'hello' })],
    ['takeRun', (object, address) => object.takeRun({ address, sender: OURS, ...run })],
    ['runReported', (object) => object.runReported(report)],
    ['status', (object) => object.status({ reply: 'R', attempt: 1, sid: 'S', status: 'sent', errorCode: null })],
    ['admit', (object, address) => object.admit({ address, sender: OURS, ...admission }, [])],
    ['entry', (object) => object.entry()],
    ['page', (object) => object.page('P')],
    ['standing', (object) => object.standing()],
  ])('passes %s on to the home', async (method, call) => {
    const person = new Person(world);
    const id = newId();
    await person.says('/help', hasId(id));
    const reached: string[] = [];
    const at: object = Object.hasOwn(PersonObject.prototype, method) ? PersonObject.prototype : Conversation.prototype;
    type Calls = Record<string, (this: { ctx: DurableObjectState }, ...args: unknown[]) => unknown>;
    const calls = at as Calls;
    const original = calls[method];
    const spy = vi.spyOn(calls, method).mockImplementation(function (this: { ctx: DurableObjectState }, ...args) {
      reached.push(this.ctx.id.toString());
      return original?.apply(this, args);
    });
    onTestFinished(() => spy.mockRestore());
    await call(addressObject(id), id);
    expect(reached).toContain(idOf(person.address));
    expect(reached).not.toContain(idOf(id));
    expect(await rows(id, 'SELECT 1')).toEqual([]);
  });

  test('to a home that is gone takes itself away, and the address is nobody’s', async () => {
    const [gone, id] = [newPerson(), newId()];
    await addressObject(id).point({ home: idOf(gone), epoch: 1 });
    expect((await text(id, '/help')).status).toBe(200);
    expect(await isUnset(id)).toBe(true);
    expect(await isUnset(gone)).toBe(true);
    expect(world.outside.sent).toEqual([]);
  });
});

describe('number and external id', () => {
  test('are bound when both arrive: a text without digits finds its person, and its reply and callback theirs', async () => {
    const person = new Person(world);
    const id = newId();
    await person.says('/help', hasId(id));
    expect(await addresses(person)).toEqual([
      { address: person.address, external_id: id, state: 'bound', locked_by: null },
      { address: id, external_id: null, state: 'bound', locked_by: null },
    ]);
    await text(id, '/queue');
    expect(await textsOf(person.address)).toEqual(['/help', '/queue']);
    expect(await rows(id, 'SELECT 1')).toEqual([]);
    const sent = await world.outside.until(() => world.outside.stored.find(({ to }) => to === id));
    const { pathname, search } = new URL(sent.statusCallback);
    const account = vars.TWILIO_ACCOUNT_SID as string;
    await post(`${pathname}${search}`, {
      MessageSid: sent.sid,
      MessageStatus: 'delivered',
      To: id,
      AccountSid: account,
    });
    const reply = `SELECT state FROM replies WHERE "to" = '${id}'`;
    await world.outside.until(async () => (await person.rows(reply))[0]?.state === 'delivered');
  });

  test('the id alone, before its number was ever seen, is a stranger’s', async () => {
    const id = newId();
    await text(id, '/help');
    expect(await isUnset(id)).toBe(true);
    expect(world.outside.sent).toEqual([]);
  });

  test('the id alone begins a conversation where everybody may write, and is answered there', async () => {
    const id = newId();
    const before = { ...vars };
    onTestFinished(() => void Object.assign(vars, before));
    vars.ALLOWED_SENDERS = '*';
    await text(id, '/queue');
    const sent = await world.outside.until(() => world.outside.stored.find(({ to }) => to === id));
    expect(sent.body).toContain('/queue');
    expect(await addressObject(id).standing()).toBe('served');
  });

  test('the same id with a new number is taken, and the operator hears of it', async () => {
    const person = new Person(world);
    const [id, number] = [newId(), unlisted()];
    await person.says('/help', hasId(id));
    await post('/webhooks/twilio', textForm(number, '/queue', hasId(id)));
    expect(await textsOf(person.address)).toEqual(['/help', '/queue']);
    await world.outside.until(() => world.outside.stored.find(({ to }) => to === number));
    expect(await world.outside.until(async () => (await causes()).includes('number-changed'))).toBe(true);
    // The number alone leads there as well now.
    await text(number, '/verbose');
    expect(await textsOf(person.address)).toEqual(['/help', '/queue', '/verbose']);
  });

  test('an id that two numbers claim stays with the first; both are answered, and the operator hears of it', async () => {
    const [one, other] = [new Person(world), new Person(world)];
    const id = newId();
    await one.says('/help', hasId(id));
    await other.says('/help');
    await other.says('/queue', hasId(id));
    expect(await textsOf(other.address)).toEqual(['/help', '/queue']);
    expect(await world.outside.until(async () => (await causes()).includes('address-claimed'))).toBe(true);
    await text(id, '/verbose');
    expect(await textsOf(one.address)).toEqual(['/help', '/verbose']);
  });
});

describe('a recycled number', () => {
  /** A person whose number now comes with another id. */
  async function recycled(): Promise<{ person: Person; old: string; fresh: string }> {
    const person = new Person(world);
    const [old, fresh] = [newId(), newId()];
    await person.says('/help', hasId(old));
    await person.gets(0);
    await person.says('what did I write?', hasId(fresh));
    return { person, old, fresh };
  }

  test('is locked: nothing reaches the agent or leaves but one sentence, and the operator hears of it', async () => {
    const { person, fresh } = await recycled();
    expect(await textsOf(person.address)).toEqual(['/help']);
    await person.says('hello?', hasId(fresh));
    await person.says('/help');
    await world.outside.until(() => person.bodies().some((body) => NOTICE.test(body)));
    await addressObject(person.address).notify({
      address: person.address,
      sender: person.ours,
      id: 'N1',
      text: 'for you',
    });
    await world.outside.until(async () => (await person.replyStates()).endsWith('held'));
    expect(person.bodies().filter((body) => NOTICE.test(body))).toHaveLength(1);
    expect(person.bodies()).toHaveLength(2);
    expect(world.outside.starts).toEqual([]);
    expect(await addressObject(person.address).standing()).toBe('known');
    expect(await world.outside.until(async () => (await causes()).includes('number-recycled'))).toBe(true);
  });

  test('confirmed within the hour, what it wrote is answered and what was held leaves', async () => {
    const { person, fresh } = await recycled();
    await person.says('and this?', hasId(fresh));
    expect(await addressObject(person.address).bind(person.address, 'operator')).toBe('bound');
    await person.ring();
    await world.outside.until(async () => {
      await person.ring();
      return (await textsOf(person.address)).length === 3;
    });
    expect(await textsOf(person.address)).toEqual(['/help', 'what did I write?', 'and this?']);
    expect(await person.rows('SELECT 1 FROM kept_texts')).toEqual([]);
    await text(fresh, '/queue');
    expect((await textsOf(person.address)).at(-1)).toBe('/queue');
  });

  test('leaves the person their other address: they go on there, and what was held goes there', async () => {
    const { person, old } = await recycled();
    await addressObject(person.address).notify({
      address: person.address,
      sender: person.ours,
      id: 'N1',
      text: 'for you',
    });
    await world.outside.until(async () => (await person.replyStates()).endsWith('held'));
    await text(old, '/queue');
    await world.outside.until(() =>
      world.outside.stored.some(({ to, body }) => to === old && body.includes('for you')),
    );
    expect(person.bodies().join()).not.toContain('for you');
    expect(await addressObject(person.address).standing()).toBe('served');
  });

  test('of somebody who has a home by their id goes to that home', async () => {
    const [one, other] = [new Person(world), new Person(world)];
    const [first, second] = [newId(), newId()];
    await one.says('/help', hasId(first));
    await other.says('/help', hasId(second));
    await one.says('it is my number now', hasId(second));
    expect(await textsOf(one.address)).toEqual(['/help']);
    expect(await textsOf(other.address)).toEqual(['/help', 'it is my number now']);
    expect(await addressObject(one.address).standing()).toBe('known');
  });
});

describe('one number on two channels', () => {
  const before = { ...vars };
  beforeEach(() => {
    vars.SMS = 'on';
    return () => void Object.assign(vars, { SMS: before.SMS });
  });
  const smsOf = ({ address }: Person): string => address.replace('whatsapp:', '');
  const bySms = (person: Person, words: string) =>
    post('/webhooks/twilio', textForm(smsOf(person), words, { To: person.ours.replace('whatsapp:', '') }));

  test('is one person: the first text on the other one leads home and is answered where it came from', async () => {
    const [person, other] = [new Person(world), new Person(world, 'sms')];
    await person.says('/help');
    await bySms(person, '/queue');
    expect(await textsOf(person.address)).toEqual(['/help', '/queue']);
    expect(await addresses(person)).toEqual([
      { address: smsOf(person), external_id: null, state: 'bound', locked_by: null },
    ]);
    await world.outside.until(() => world.outside.stored.find(({ to }) => to === smsOf(person)));
    await other.says('/help');
    const id = newId();
    await post('/webhooks/twilio', textForm(`whatsapp:${other.address}`, '/queue', hasId(id)));
    await text(id, '/verbose');
    expect(await textsOf(other.address)).toEqual(['/help', '/queue', '/verbose']);
  });

  test('with a PIN the new one is locked until the PIN, and the person hears of it on the first', async () => {
    const person = new Person(world);
    await person.says('/help');
    await person.says('/pin 4821');
    await bySms(person, 'what did I write?');
    expect(await textsOf(person.address)).toEqual(['/help', '/pin']);
    await world.outside.until(() => person.bodies().some((body) => body.includes('by SMS from an address of yours')));
    const toSms = (): string[] => world.outside.stored.filter(({ to }) => to === smsOf(person)).map(({ body }) => body);
    await world.outside.until(() => toSms().length === 1);
    await bySms(person, '/unlock 4821');
    await world.outside.until(async () => {
      await person.ring();
      return (await textsOf(person.address)).includes('what did I write?');
    });
    expect(toSms()[0]).toMatch(NOTICE);
    expect((await addresses(person))[0]).toMatchObject({ external_id: null, locked_by: null, state: 'bound' });
  });

  test('who is out on one is out on the other, and homes from before are both changed by the number', async () => {
    const [blocked, twice] = [new Person(world), new Person(world)];
    await blocked.says('/help');
    const by = { id: 'operator', role: 'owner' } as const;
    const wish = (person: Person, to: 'block' | 'lock') =>
      env.DIRECTORY.getByName('directory').wish({ op: 'change', who: smsOf(person), change: { to } }, by, `OP${to}`);
    await wish(blocked, 'block');
    await bySms(blocked, 'let me in');
    expect(await isUnset(smsOf(blocked))).toBe(true);
    vars.SMS = 'off';
    await twice.says('/help');
    await addressObject(smsOf(twice)).notify({ address: smsOf(twice), sender: OURS, id: 'N1', text: 'hello' });
    vars.SMS = 'on';
    const { text: answer } = await wish(twice, 'lock');
    expect(answer.match(/is locked/g)).toHaveLength(2);
    const standings = [twice.address, smsOf(twice)].map(async (a) => (await addressObject(a).entry())?.standing);
    expect(await Promise.all(standings)).toEqual(['locked', 'locked']);
    const audit = await env.DIRECTORY.getByName('directory').audit(null);
    expect(audit.filter(({ action }) => action === 'lock')).toHaveLength(2);
  });
});

describe('the operator', () => {
  const ask = (person: Person, what: 'bind' | 'unbind', body: object): Promise<Response> => {
    Object.assign(env, { OPERATOR_TOKEN: 'operator-tests-0123456789' });
    const headers = { authorization: 'Bearer operator-tests-0123456789', 'content-type': 'application/json' };
    const url = `https://relay.example.com/operator/conversations/${idOf(person.address)}/${what}`;
    return exports.default.fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  };

  test('binds an address to a person, and takes it away again', async () => {
    const person = new Person(world);
    const id = newId();
    await person.says('/help');
    expect((await ask(person, 'bind', { address: id })).status).toBe(200);
    await text(id, '/queue');
    expect(await textsOf(person.address)).toEqual(['/help', '/queue']);
    expect((await ask(person, 'unbind', { address: id })).status).toBe(200);
    expect(await addressObject(id).entry()).toBeNull();
    const audit = (await env.DIRECTORY.getByName('directory').audit(null)).filter(({ actor }) => actor === 'operator');
    expect(audit.map(({ action, subject }) => [action, subject])).toEqual([
      ['took an address away', idOf(person.address)],
      ['bound an address', idOf(person.address)],
    ]);
    expect(JSON.stringify(audit)).not.toContain(id);
    await text(id, '/verbose');
    expect(await textsOf(person.address)).toEqual(['/help', '/queue']);
    expect((await person.rows('SELECT answer_to FROM conversation'))[0]?.answer_to).toBeNull();
  });

  test('is told why an address can’t be bound or taken away', async () => {
    const [person, other, nobody] = [new Person(world), new Person(world), new Person(world)];
    await person.says('/help');
    await other.says('/help');
    const answers = await Promise.all([
      ask(person, 'bind', { address: other.address }),
      ask(nobody, 'bind', { address: newId() }),
      ask(person, 'bind', { address: 'Anna' }),
      ask(person, 'unbind', { address: person.address }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([409, 404, 400, 404]);
    for (const answer of answers) expect(await answer.json()).toEqual({ error: expect.stringMatching(/\.$|SMS\.$/) });
    expect(await addresses(person)).toEqual([]);
    expect(await isUnset(nobody.address)).toBe(true);
  });
});

test('in whatever order numbers and id write, a person has one home and nothing of theirs is lost', async () => {
  const written = fc.array(fc.constantFrom('both', 'number', 'id', 'moved', 'new number'), {
    minLength: 1,
    maxLength: 7,
  });
  await fc.assert(
    fc.asyncProperty(written, fc.boolean(), async (order, evicted) => {
      const person = new Person(world);
      const [id, number] = [newId(), unlisted()];
      const expected: string[] = [];
      const known = new Set([person.address]);
      for (const [n, how] of order.entries()) {
        const words = `/verbose ${n}`;
        const from = how === 'id' ? id : how === 'moved' || how === 'new number' ? number : person.address;
        const withId = how === 'both' || how === 'moved';
        await post('/webhooks/twilio', textForm(from, words, withId ? hasId(id) : {}));
        if (known.has(from) || (withId && known.has(id))) {
          expected.push(words);
          known.add(from);
          if (withId) known.add(id);
        }
        if (evicted) await person.evicted();
      }
      expect(await textsOf(person.address)).toEqual(expected);
      for (const other of [id, number]) expect(await rows(other, 'SELECT 1')).toEqual([]);
    }),
    { numRuns: 20, endOnFailure: true },
  );
});
