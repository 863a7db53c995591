import type { Past, Scene } from '../../src/objects/local-past.ts';
import { DAY, HOUR, MINUTE } from '../../src/units.ts';
import { PEOPLE, TASKS, type Task } from './team.ts';

// The week of a made-up team for `npm run demo`: the same for the same seed and end. Among twenty people are a turn
// that failed, a machine that doesn't answer, a budget that is used up, and work that runs.

const DAYS = 7;
const TURNS_A_DAY = 3;
const AT_WORK_FROM_HOUR = 7;
const AT_WORK_HOURS = 10;

export function composeWeek(seed: number, until: number, sender: string): Past[] {
  const draw = drawFrom(seed);
  return PEOPLE.map(({ name, number, admitted, zone, change = null, last, plans = [] }) => {
    const began = until - DAYS * DAY;
    const setUp: Scene[] = [
      { at: began, text: `/timezone ${zone}` },
      ...plans.map((text, n) => ({ at: began + (n + 1) * MINUTE, text })),
    ];
    const busy = 0.3 + 0.7 * draw();
    const worked = Array.from({ length: DAYS }, (_, day) => dayOf(until - (DAYS - 1 - day) * DAY, busy, draw)).flat();
    const ends = last.map(({ minutesAgo, ...scene }) => ({ ...scene, at: until - minutesAgo * MINUTE }));
    const first = ends[0]?.at ?? until;
    const scenes = [...setUp, ...worked.filter(({ at }) => at < first - HOUR), ...ends];
    return { address: `whatsapp:${number}`, sender, name, admitted, change, until, scenes };
  });
}

/** One person's texts of the day that ends at this time. */
function dayOf(end: number, busy: number, draw: () => number): Scene[] {
  const midnight = end - (end % DAY);
  const times = Array.from({ length: Math.round(TURNS_A_DAY * busy * 2 * draw()) }, () =>
    Math.round(midnight + (AT_WORK_FROM_HOUR + AT_WORK_HOURS * draw()) * HOUR),
  ).sort((a, b) => a - b);
  return times.map((at) => sceneOf(pick(TASKS, draw), at, draw));
}

function sceneOf({ text, answer, steps, model, weight }: Task, at: number, draw: () => number): Scene {
  const size = weight * (0.5 + draw());
  const usage = {
    input: Math.round(400 * size),
    write5m: Math.round(6000 * size),
    write1h: 0,
    read: Math.round(60_000 * size),
    output: Math.round(900 * size),
    searches: 0,
  };
  return {
    at,
    text,
    answer,
    steps: steps.map((name) => ({ name, ms: Math.round(400 + 12_000 * draw() * weight) })),
    requests: Array.from({ length: 1 + Math.round(weight) }, () => ({ model, usage })),
    wordsAfterMs: Math.round(1200 + 5000 * draw() ** 2 * weight),
    fate: draw() < 0.85 ? 'read' : 'delivered',
  };
}

const pick = <T>(all: readonly T[], draw: () => number): T => all[Math.floor(draw() * all.length)] as T;

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function drawFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
