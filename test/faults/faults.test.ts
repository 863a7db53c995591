import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../scripts/local/ports.ts';
import { sameProcess } from '../../scripts/local/process-families.ts';
import { linkBundle } from '../../scripts/local/relay-bundle.ts';
import { Relay } from '../relay/relay.ts';
import { POINTS } from './holds.ts';
import {
  type Cast,
  CRASHES_BORNE,
  type Episode,
  makePlan,
  mayBeGivenUp,
  type Plan,
  type Text,
  textsOf,
} from './plan.ts';
import { type Outcome, run } from './run.ts';
import { buildFaultWorld, type FaultWorld } from './world.ts';

// A short run of the faults runner with real processes: the relay and the agent server are killed once each while
// people are held at every point a text passes. The long runs are `npm run faults`.

const root = resolve(import.meta.dirname, '../..');

let folder = '';
let world: FaultWorld | undefined;
let outcome: Outcome;
const plan = shortPlan();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
  await linkBundle(root, folder);
  world = await buildFaultWorld({ root, folder, texts: textsOf(plan) });
  outcome = await run(world, plan, { reachedWithinMs: 20_000, restWithinMs: 90_000 });
});
afterAll(async () => {
  const started = world?.processes() ?? [];
  await world?.stop();
  expect(started.filter(sameProcess)).toEqual([]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** At the kill every person is at a different point. */
function shortPlan(): Plan {
  // A message that the carrier never took is looked up for a minute before it is sent again; that takes too long here.
  const aims = [
    ...POINTS.filter((point) => point !== 'send-untaken' && point !== 'asked' && point !== 'heard'),
    'gathering',
  ] as const;
  const kills = ['relay', 'machine'] as const;
  let made = 0;
  const text = (aim: Cast['aim']): Text => ({
    id: `m${String(++made).padStart(4, '0')}`,
    work: aim === 'streaming' ? 'story' : 'tool',
    crashes: 0,
    complete: aim !== 'gathering',
    webhook: made % 5 === 0 ? 'twice' : 'as usual',
    send: 'as usual',
  });
  const episodes = kills.map((kill, n): Episode => {
    const casts = aims.map((aim, person) => ({
      person: person + n * aims.length,
      act: 'texts' as const,
      aim,
      texts: [text(aim), text(aim)],
    }));
    return { kill, casts, callbacks: 'as usual', weather: 'fine', releaseFirst: false };
  });
  const people = aims.length * kills.length;
  return { people, modes: Array.from({ length: people }, () => 'collect'), episodes };
}

describe('relay and agent server are killed in the middle of everything', () => {
  test.each([
    ['relay', ['gathering', 'requested', 'running', 'ending', 'reply sending']],
    ['machine', ['gathering', 'requested', 'running', 'ending', 'reply sending']],
  ] as const)('the %s was killed in each state', (kill, states) => {
    const counts = outcome.states.get(kill);
    expect(states.filter((state) => (counts?.get(state) ?? 0) === 0)).toEqual([]);
  });

  test('every text that was accepted is answered once, in order, seen once by the model, and nothing is left to do', () => {
    const { findings, accepted, answered } = outcome.verdict;
    expect(findings.flatMap(({ fault, id, what }) => [`${fault} ${id ?? ''}: ${what}`])).toEqual([]);
    expect([accepted, answered]).toEqual([textsOf(plan).length, textsOf(plan).length]);
  });

  test('the agent whose tool was cut repeated it and knew that it may have had its effect', () => {
    expect(outcome.verdict.repeatedEffects).toBeGreaterThan(0);
  });
});

test('a relay whose port is taken for a moment waits for it', async () => {
  const own = mkdtempSync(join(folder, 'port-'));
  cpSync(join(folder, 'bundle'), join(own, 'bundle'), { recursive: true });
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const relay = new Relay(root, own, port, {});
  const starting = relay.start();
  await vi.waitFor(() => expect(relay.log).toContain('Address already in use'), { timeout: 30_000, interval: 20 });
  other.close();
  await starting;
  await relay.kill();
});

describe('a plan', () => {
  test('is the same for the same seed, and another for another', () => {
    const [first, again, other] = [7, 7, 8].map((seed) => makePlan({ messages: 100, seed }));
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
  });

  test('has as many texts as wanted, each with an id of its own', () => {
    const ids = textsOf(makePlan({ messages: 137, seed: 3 })).map(({ id }) => id);
    expect(new Set(ids).size).toBe(137);
  });

  test('has as many kills as wanted, down to one for each text', () => {
    const kills = (messages: number, killsWanted: number): number =>
      makePlan({ messages, seed: 3, killsWanted }).episodes.filter(({ kill }) => kill !== 'none').length;
    expect([kills(20, 20), kills(100, 30)].map((count, n) => count >= [20, 30][n]!)).toEqual([true, true]);
  });

  test('breaks the agent no more often than the product bears, or so often that it must give up', () => {
    const casts = Array.from({ length: 40 }, (_, seed) => makePlan({ messages: 300, seed }))
      .flatMap(({ episodes }) => episodes)
      .flatMap((episode) => episode.casts);
    const crashes = (cast: Cast): number => cast.texts.reduce((sum, text) => sum + text.crashes, 0);
    const [given, borne] = [casts.filter(mayBeGivenUp), casts.filter((cast) => !mayBeGivenUp(cast))];
    expect(Math.max(...borne.map(crashes))).toBe(CRASHES_BORNE);
    expect(given.length).toBeGreaterThan(0);
    expect(Math.min(...given.map(crashes))).toBeGreaterThan(4);
  });
});
