import { afterEach, beforeEach, vi } from 'vitest';
import { useClock } from './clock.ts';
import { type Person, quiet } from './person.ts';
import { addressObject, useOutside, vars } from './relay.ts';
import { useTelegram } from './telegram-person.ts';

/** The id of the person's home. */
export const homeOf = async ({ address }: Pick<Person, 'address'>): Promise<string | undefined> =>
  (await addressObject(address).entry())?.id;

/** People on WhatsApp and Telegram, and nobody asks to be let in. The configuration is as before after each test. */
export function useHomes() {
  const clock = useClock();
  const world = useOutside();
  useTelegram();
  const before = { ...vars };
  beforeEach(() => {
    quiet();
    clock.freeze();
    vars.PAIRING = 'off';
  });
  afterEach(() => {
    vi.restoreAllMocks();
    Object.assign(vars, before);
  });
  return { clock, world };
}
