import { beforeEach, describe, expect, test } from 'vitest';
import type { AddressObject } from '../../src/objects/address-object.ts';
import { Person, quiet } from './person.ts';
import { isUnset, newPerson, rows, stubOf, text, useOutside } from './relay.ts';

// An address leads to its person's home: the object that it names, or the one that its signpost names.

const world = useOutside();
beforeEach(quiet);

const HIDDEN = 'whatsapp:US.13491208655302741918';
const objectOf = (address: string): DurableObjectStub<AddressObject> =>
  stubOf(address) as unknown as DurableObjectStub<AddressObject>;
const idOf = (address: string): string => stubOf(address).id.toString();

describe('a signpost', () => {
  test('passes a text on before the 200 and keeps nothing of it', async () => {
    const person = new Person(world);
    await person.says('/help');
    expect(await objectOf(HIDDEN).point({ home: idOf(person.address), epoch: 1 })).toBe('pointed');
    expect((await text(HIDDEN, '/queue')).status).toBe(200);
    expect(await person.rows('SELECT text FROM messages ORDER BY seq')).toEqual([
      { text: '/help' },
      { text: '/queue' },
    ]);
    expect(await rows(HIDDEN, 'SELECT 1')).toEqual([]);
    await person.gets(1);
    await person.evicted();
  });

  test('a home never becomes one, and a signpost leads to one home', async () => {
    const [one, other] = [new Person(world), new Person(world)];
    await one.says('/help');
    const to = (address: string) => ({ home: idOf(address), epoch: 1 });
    expect(await objectOf(one.address).point(to(other.address))).toBe('home');
    expect(await objectOf(HIDDEN).point(to(one.address))).toBe('pointed');
    expect(await objectOf(HIDDEN).point(to(other.address))).toBe('other');
    await objectOf(HIDDEN).unpoint(idOf(other.address));
    expect(await objectOf(HIDDEN).point(to(one.address))).toBe('pointed');
    await objectOf(HIDDEN).unpoint(idOf(one.address));
    expect(await isUnset(HIDDEN)).toBe(true);
  });

  test('to a home that is gone takes itself away, and the address is nobody’s', async () => {
    const gone = newPerson();
    await objectOf(HIDDEN).point({ home: idOf(gone), epoch: 1 });
    expect((await text(HIDDEN, '/help')).status).toBe(200);
    expect(await isUnset(HIDDEN)).toBe(true);
    expect(await isUnset(gone)).toBe(true);
    expect(world.outside.sent).toEqual([]);
  });
});
