import { beforeAll, expect, test } from 'vitest';
import type { Plan } from './plan.ts';
import { playShort, relayKilled } from './short-run.ts';
import { TELEGRAM_CHANNEL } from './telegram-channel.ts';
import { acting, each, onePlan } from './variants/variant.ts';

// A short run on Telegram: besides the relay's kills updates come again or overtake each other, and people block the
// bot, change their texts, write in topics and answer questions in their own ways.

const drawn = onePlan(
  'relay',
  ...relayKilled(),
  each(1, 'tool', { work: 'tool', inTopic: true }),
  acting('texts', 1, [{ complete: false, inTopic: true }, { complete: false }, { inTopic: true }]),
  acting('ask', 1, [{ work: 'ask', inTopic: true }], 'asked', { answers: 'later' }),
  acting('block', 1, [{ work: 'tool' }, {}], 'tool'),
  acting('edit', 1, [{ work: 'tool' }, {}], 'tool'),
  acting('edit', 1, [{ complete: false }, {}]),
  acting('edit', 1, [{ complete: false, webhook: 'late' }, { webhook: 'late' }, {}]),
  acting('edit', 1, [{ work: 'tool' }, { webhook: 'late' }, {}], 'tool'),
  acting('texts', 1, [{ complete: false, webhook: 'late' }, { complete: false }]),
  acting('ask', 1, [{ work: 'ask' }], 'asked', { answersBy: 'words', answers: 'later' }),
  acting('ask', 1, [{ work: 'ask', send: '500 after it was taken' }], 'asked', { answersBy: 'button, twice' }),
);
const plan: Plan = { ...drawn, episodes: drawn.episodes.map((episode) => ({ ...episode, isRenumbered: true })) };

let played: Awaited<ReturnType<typeof playShort>>;
beforeAll(async () => {
  played = await playShort(plan, TELEGRAM_CHANNEL);
});

test('each text is answered once; what came twice is marked, and what was held came when the person wrote again', () => {
  const { verdict, findings } = played;
  expect(findings).toEqual([]);
  expect(verdict.accepted).toBe(28);
  expect(verdict.notices.get('undeliverable') ?? 0).toBe(0);
});

test('a send that was taken without an answer came again', () => {
  expect(played.marked).toBeGreaterThanOrEqual(2);
});
