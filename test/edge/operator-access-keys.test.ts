import { generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { MINUTE } from '../../src/units.ts';
import { ask, sign, useAccessTeam } from './access-team.ts';
import { useClock } from './clock.ts';
import type { Team } from './key-server.ts';
import { quiet } from './person.ts';
import { useOutside } from './relay.ts';

// The keys of Cloudflare Access: how often the relay asks for them, and what holds while they can't be had.

quiet();
const clock = useClock();
useOutside();
const { keys, newKey, gives, asked, claims } = useAccessTeam(clock);

test('the keys are kept, and a new one is looked for once in half a minute', async () => {
  const first = await newKey('one');
  for (let n = 0; n < 3; n++) expect((await ask(await sign(first, 'one', claims()))).status).toBe(200);
  expect(await asked()).toBe(1);
  const second = await newKey('two');
  expect((await ask(await sign(second, 'two', claims()))).status).toBe(401);
  expect(await asked()).toBe(1);
  clock.move(31_000);
  // Both keys of a rotation count.
  for (const [key, kid] of [
    [second, 'two'],
    [first, 'one'],
  ] as const)
    expect((await ask(await sign(key, kid, claims()))).status).toBe(200);
  expect(await asked()).toBe(2);
  keys.shift();
  await gives();
  clock.move(11 * MINUTE);
  expect((await ask(await sign(second, 'two', claims()))).status).toBe(200);
  expect((await ask(await sign(first, 'one', claims()))).status).toBe(401);
  expect(await asked()).toBe(3);
});

test('many who come at once wait for one request', async () => {
  const key = await newKey('one');
  const assertion = await sign(key, 'one', claims());
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(assertion)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(await asked()).toBe(1);
});

describe('without the keys nobody gets in, the page says to try again, and Cloudflare is asked once in half a minute', () => {
  const wrong: [string, Team][] = [
    ['an error', { status: 500 }],
    ['no JSON', { body: '<html>' }],
    ['no keys', { body: '{"keys":{}}' }],
    ['more than keys', { padding: 70_000 }],
    ['another address', { moved: '/elsewhere' }],
    ['no answer', { hangs: true }],
  ];
  test.each(wrong)('%s', async (_, answers) => {
    const assertion = await sign(await newKey('one'), 'one', claims());
    await gives(answers);
    for (let n = 0; n < 3; n++) expect((await ask(assertion)).status).toBe(503);
    expect(await asked()).toBe(1);
    await gives();
    expect((await ask(assertion)).status).toBe(503);
    clock.move(31_000);
    expect((await ask(assertion)).status).toBe(200);
    expect(await asked()).toBe(2);
  });

  test('keys that are known count meanwhile', async () => {
    const assertion = await sign(await newKey('one'), 'one', claims());
    expect((await ask(assertion)).status).toBe(200);
    await gives({ status: 500 });
    clock.move(31_000);
    const { privateKey } = await generateKeyPair('RS256');
    for (let n = 0; n < 2; n++) expect((await ask(await sign(privateKey, 'made-up', claims()))).status).toBe(503);
    expect((await ask(assertion)).status).toBe(200);
  });
});
