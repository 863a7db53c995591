import type { Act, Aim, Cast, Episode, Kill, Plan, Text } from './plan.ts';
import { Chance, endless, next } from './random.ts';

// The plan of a run with the real Claude Code: few people at once, every kind of work, and a kill in most episodes.
// Pure.

const PEOPLE = 5;
const CASTS = 3;
/** The acts with two texts; the others have one. */
const PAIRS: readonly Act[] = ['steer', 'deep'];
const DOES: readonly Act[] = [
  ...(['texts', 'texts', 'texts', 'steer', 'steer', 'stop', 'stop'] as const),
  ...(['ask', 'ask', 'photo', 'quote', 'deep', 'file', 'file', 'helper', 'helper', 'compact'] as const),
];
const KILLED: readonly Kill[] = [
  ...Array<Kill>(6).fill('machine'),
  ...Array<Kill>(4).fill('relay'),
  ...Array<Kill>(2).fill('both'),
  ...(['cut', 'restarted', 'stopped', 'disk lost', 'none'] as const),
];
const WORK: Partial<Record<Act, Text['work']>> = { ask: 'ask', file: 'file', helper: 'helper' };

export function makeRealPlan(messages: number, seed: number): Plan {
  const chance = new Chance(seed);
  const does = endless(chance, DOES);
  const kills = endless(chance, KILLED);
  const everybody = Array.from({ length: PEOPLE }, (_, n) => n);
  const turn = endless(chance, everybody);
  const episodes: Episode[] = [];
  let made = 0;
  while (made < messages) {
    const casts: Cast[] = [];
    while (casts.length < CASTS && made < messages) {
      const person = next(turn, (one) => !casts.some((cast) => cast.person === one));
      const act = next(does, (one) => !PAIRS.includes(one) || messages - made >= 2);
      const aim = aimOf(act, chance);
      const texts = Array.from({ length: PAIRS.includes(act) ? 2 : 1 }, (_, index): Text => {
        made += 1;
        const work = index > 0 ? 'answer' : (WORK[act] ?? workOf(act, aim));
        const isCrash = act === 'texts' && work === 'tool' && chance.next() < 0.3;
        return {
          id: `m${String(made).padStart(4, '0')}`,
          work,
          crashes: isCrash ? 1 : 0,
          complete: true,
          webhook: 'as usual',
          send: 'as usual',
        };
      });
      const answers = act === 'ask' ? { answers: chance.pick(['at once', 'later'] as const) } : {};
      casts.push({ person, act, aim, texts, ...answers });
    }
    episodes.push({
      kill: next(kills),
      casts,
      callbacks: 'as usual',
      weather: 'fine',
      releaseFirst: chance.next() < 0.5,
    });
  }
  return { people: PEOPLE, modes: everybody.map(() => 'steer'), episodes };
}

/** Inside tools and inside the last sentence, unless the plan says otherwise. */
function aimOf(act: Act, chance: Chance): Aim {
  if (act === 'ask') return 'asked';
  if (act === 'texts') return chance.pick(['tool', 'streaming', 'streaming', 'answer', 'send-unanswered'] as const);
  return act === 'photo' || act === 'quote' || act === 'compact' ? 'none' : 'tool';
}

const workOf = (act: Act, aim: Aim): Text['work'] =>
  aim === 'tool' ? 'tool' : aim === 'streaming' && act === 'texts' ? 'story' : 'answer';
