import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sameProcess } from '../../scripts/local/process-families.ts';
import { linkBundle } from '../../scripts/local/relay-bundle.ts';
import type { Plan } from './plan.ts';
import { type Outcome, run } from './run.ts';
import { TELEGRAM_CHANNEL } from './telegram-channel.ts';
import { acting, each, onePlan } from './variants/variant.ts';
import { buildFaultWorld, type FaultWorld } from './world.ts';

// A short run on Telegram with real processes: the relay is killed while answers are on their way, sends are taken and
// their answers lost, updates come again or overtake each other, and people block the bot, change their texts, write
// in topics and answer questions in their own ways. The long runs are `npm run faults -- --channel telegram`.

const root = resolve(import.meta.dirname, '../..');
const drawn = onePlan(
  'relay',
  each(1, 'tool', { work: 'tool', webhook: 'twice' }),
  each(1, 'answer', { webhook: 'lost' }),
  each(1, 'tool', { work: 'tool', inTopic: true }),
  acting('texts', 1, [{ complete: false, inTopic: true }, { complete: false }, { inTopic: true }]),
  acting('ask', 1, [{ work: 'ask', inTopic: true }], 'asked', { answers: 'later' }),
  each(2, 'send-unanswered'),
  each(2, 'none', { send: 'cut after it was taken' }),
  each(1, 'none', { send: 'refused 429' }),
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

let folder = '';
let world: FaultWorld | undefined;
let outcome: Outcome;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
  await linkBundle(root, folder);
  const texts = plan.episodes.flatMap(({ casts }) => casts.flatMap((cast) => cast.texts));
  world = await buildFaultWorld({ root, folder, texts, channel: TELEGRAM_CHANNEL });
  outcome = await run(world, plan, { reachedWithinMs: 20_000, restWithinMs: 60_000 });
});
afterAll(async () => {
  const started = world?.processes() ?? [];
  await world?.stop();
  expect(started.filter(sameProcess)).toEqual([]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

test('each text is answered once; what came twice is marked, and what was held came when the person wrote again', () => {
  const { findings, accepted, notices } = outcome.verdict;
  expect(findings.map(({ fault, id, what }) => `${fault} ${id ?? ''}: ${what}`)).toEqual([]);
  expect(accepted).toBe(28);
  expect(notices.get('undeliverable') ?? 0).toBe(0);
});

test('a send that was taken without an answer came again', () => {
  const marked = world?.phones.shown().filter(({ body }) => body.startsWith('You may have this already'));
  expect(marked?.length).toBeGreaterThanOrEqual(2);
});
