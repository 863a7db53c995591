import { env } from 'cloudflare:workers';
import { afterEach, beforeEach } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { useOutside, vars } from './relay.ts';

// Who is let in and out again, with an object for each: an owner, strangers, and what they text.

export const said = texts.access;
export const directory = () => env.DIRECTORY.getByName('directory');
export const numberOf = ({ address }: Person): string => address.replace('whatsapp:', '');
export const maskOf = ({ address }: Person): string => `WhatsApp …${address.slice(-4)}`;

/** What a stranger got, who may have no object. */
export const toStranger = (person: Person, count: number): Promise<string[]> =>
  person.outside.until(() => person.got().length >= count && person.bodies());

export const codeIn = (text = ''): string => /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(text)?.[0] ?? '';

/** The configuration is as before after each test. */
export function useAccess() {
  quiet();
  const clock = useClock();
  const world = useOutside();
  const before = { ...vars };
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

  return { clock, world, owned, hears, gets };
}
