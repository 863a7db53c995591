import { expect, test } from 'vitest';
import type { LocalConversation } from '../../src/objects/local-conversation.ts';
import type { Past } from '../../src/objects/local-past.ts';
import { DAY, MINUTE } from '../../src/units.ts';
import { newPerson, OURS, rows, stubOf, useOutside } from './relay.ts';

// A past that is replayed for a demo: real decisions write it, at its own times, and nothing leaves.

const world = useOutside();

const replay = (past: Past): Promise<boolean> =>
  (stubOf(past.address) as unknown as DurableObjectStub<LocalConversation>).replay(past);

test('a week of texts, schedules and costs has its rows, and work that runs is left as it is', async () => {
  const address = newPerson();
  const until = Date.now();
  const usage = { input: 2000, write5m: 9000, write1h: 0, read: 90_000, output: 1200, searches: 0 };
  const steps = [{ name: 'Bash', ms: 20_000 }];
  const scenes = [
    { at: until - 7 * DAY, text: '/timezone Berlin' },
    { at: until - 7 * DAY + MINUTE, text: '/schedule every day at 9: Check the backups' },
    {
      at: until - 2 * DAY,
      text: 'Fix the login page.',
      steps,
      requests: [{ model: 'claude-opus-5', usage }],
      answer: 'Fixed.',
    },
    { at: until - DAY, text: 'And the other one.', ends: 'failed' as const, answer: 'It broke.' },
    { at: until - MINUTE, text: 'Which tests are slow?', steps, ends: 'runs' as const },
  ];
  const past = { address, sender: OURS, name: 'Ada', admitted: null, change: null, scenes, until };
  expect(await replay(past)).toBe(true);
  expect(await replay(past)).toBe(false);
  const texts = await rows(address, 'SELECT text, state FROM messages WHERE run IS NULL ORDER BY seq');
  expect(texts.map(({ text, state }) => `${state} ${text}`)).toEqual([
    'consumed /timezone Berlin',
    'consumed /schedule every day at 9: Check the backups',
    'consumed Fix the login page.',
    'failed And the other one.',
    'active Which tests are slow?',
  ]);
  const runs = await rows(address, `SELECT 1 FROM runs WHERE state = 'delivered'`);
  expect(runs.length).toBeGreaterThan(3);
  const [fixed] = await rows(address, `SELECT spent, opened_at FROM turns WHERE spent > 0 ORDER BY id`);
  expect(fixed).toMatchObject({ spent: 141_250 });
  expect(fixed?.opened_at).toBeLessThan(until - DAY);
  expect(await rows(address, `SELECT 1 FROM replies WHERE state NOT IN ('read', 'replaced', 'dropped')`)).toEqual([]);
  expect(world.outside.sent).toEqual([]);
  expect(world.outside.starts).toEqual([]);
});
