import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { CONNECT_AUDIENCE, checkToken } from '../../src/protocol/index.ts';
import { Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// What an attempt in a project with a repository brings to its machine: which repository, whose commits, and a token for
// the connect gateway that is good for this attempt alone.

quiet();
const world = useOutside();
const KEY = JSON.parse((env as unknown as Record<string, string>).MACHINE_SIGNING_KEY as string);
const REPOSITORY = {
  host: 'github.com',
  path: 'ann/shop',
  id: null,
  defaultBranch: 'main',
  isPrivate: true,
  sizeKb: 1,
};
const ACCOUNT = `'github.com', 'token', 'good', 'ann', NULL, 'ann@example.com', 'sealed', NULL, 0, NULL`;

test('is told to the machine with a token of the attempt, which the stream renews; other projects have none', async () => {
  const person = new Person(world);
  await person.says('hello');
  await person.answered(0, 'hi');
  expect(world.outside.starts[0]?.body).not.toHaveProperty('git');
  await person.rows(`UPDATE projects SET repository = '${JSON.stringify(REPOSITORY)}'`);
  await person.rows(`INSERT INTO connections VALUES (${ACCOUNT})`);
  await person.evicted();
  await person.says('fix it');
  await person.answered(1, 'done');
  const { attempt, body } = world.outside.starts[1] ?? { attempt: '', body: null };
  const token = body?.git?.token.token ?? '';
  expect(body?.git).toMatchObject({ host: 'github.com', path: 'ann/shop', name: 'ann', email: 'ann@example.com' });
  const renewed = world.outside.attaches.map((one) => one.connectToken);
  expect(renewed[0]).toBe('');
  for (const each of [token, renewed.at(-1) ?? ''])
    expect(await checkToken(each, [KEY], CONNECT_AUDIENCE, Date.now())).toMatchObject({ ok: true, attempt });
});
