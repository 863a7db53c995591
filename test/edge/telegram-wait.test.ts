import { expect, test } from 'vitest';
import { refuse } from './outside-telegram.ts';
import { rows, useOutside } from './relay.ts';
import { TelegramPerson, useTelegram } from './telegram-person.ts';

// Telegram asks the whole bot to wait: what others would get meanwhile is not sent into the refusal.

const world = useOutside();
useTelegram();

test('a wait of the whole bot is known to the next conversation, which sends nothing into it', async () => {
  const { telegram } = world.outside;
  const [ada, ben] = [new TelegramPerson(), new TelegramPerson()];
  const codes = (person: TelegramPerson): Promise<{ outage: string | null }[]> =>
    rows(person.address, `SELECT outage ->> 'code' AS outage FROM conversation`);
  telegram.onCall = ({ method }) =>
    method === 'sendMessage' ? refuse(429, 'Too Many Requests: retry after 61', { retry_after: 61 }) : undefined;
  for (const person of [ada, ben]) {
    await person.says('/status');
    await world.outside.until(async () => (await codes(person))[0]?.outage != null);
  }
  expect(telegram.of('sendMessage')).toHaveLength(1);
  expect(await codes(ben)).toEqual(await codes(ada));
});
