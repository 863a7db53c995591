import { POINTS, type Point } from './holds.ts';
import { Chance } from './random.ts';

// What a run does, decided up front from the seed alone: who texts what in which episode, where it is held up, what is
// killed then, and what goes wrong on the way besides. Pure: the same seed is the same plan.

/** `cut`: every connection between the parts is lost, all processes live. */
export const KILLS = ['relay', 'machine', 'both', 'cut', 'none'] as const;
export type Kill = (typeof KILLS)[number];

export type Text = {
  id: string;
  /** What the model does with it: only answers, uses the tool first, or answers as a stream that can be held. */
  work: 'answer' | 'tool' | 'story';
  /** How often the agent breaks over it before it works. */
  crashes: number;
  /** It sounds finished, so the relay waits a shorter time for more. */
  complete: boolean;
  webhook: 'as usual' | 'late' | 'twice' | 'again later' | 'lost';
  send: 'as usual' | 'refused 429' | '500 after it was taken' | 'cut after it was taken' | 'taken after the time-out';
};

/** `gathering`: nothing is held, its texts come just before the kill. */
export type Aim = Point | 'gathering' | 'none';
export type Cast = { person: number; aim: Aim; texts: Text[] };
export type Callbacks = 'as usual' | 'lost' | 'late' | 'twice' | 'backwards' | 'before the answer';

export type Episode = {
  kill: Kill;
  casts: Cast[];
  callbacks: Callbacks;
  /** What was held goes on before the killed process is there again, or only after. */
  releaseFirst: boolean;
};

export type Plan = { people: number; episodes: Episode[] };
export type PlanOptions = { messages: number; seed: number; people?: number; kills?: boolean; lostWebhooks?: boolean };

/** A reply the carrier never took is only sent again after the last look-up, a minute later: aimed at less often. */
const AIMS: readonly Aim[] = [
  ...POINTS,
  ...POINTS.filter((point) => point !== 'send-untaken'),
  'gathering',
  'gathering',
  'none',
];
const CASTS = 10;
const PEOPLE = 30;

export function makePlan({ messages, seed, people = PEOPLE, kills = true, lostWebhooks = false }: PlanOptions): Plan {
  const chance = new Chance(seed);
  const episodes: Episode[] = [];
  const aims = endless<Aim>(chance, AIMS);
  const turn = endless(
    chance,
    Array.from({ length: people }, (_, n) => n),
  );
  const killed = endless<Kill>(chance, [
    ...Array<Kill>(9).fill('relay'),
    ...Array<Kill>(6).fill('machine'),
    ...Array<Kill>(2).fill('both'),
    ...Array<Kill>(2).fill('cut'),
    'none',
  ]);
  let made = 0;
  while (made < messages) {
    const casts: Cast[] = [];
    for (let n = 0; n < Math.min(CASTS, people) && made < messages; n++) {
      const person = next(turn, (one) => !casts.some((cast) => cast.person === one));
      const aim = kills ? next(aims) : 'none';
      const count = Math.min(messages - made, Number(chance.weighted({ 1: 6, 2: 3, 3: 1 })));
      const texts = Array.from({ length: count }, (): Text => {
        made += 1;
        return text(chance, `m${String(made).padStart(4, '0')}`, aim, kills, lostWebhooks);
      });
      casts.push({ person, aim, texts });
    }
    const callbacks: Callbacks = kills
      ? chance.weighted({ 'as usual': 4, lost: 1, late: 1, twice: 1, backwards: 1, 'before the answer': 1 })
      : 'as usual';
    episodes.push({ kill: kills ? next(killed) : 'none', casts, callbacks, releaseFirst: chance.next() < 0.5 });
  }
  return { people, episodes };
}

function text(chance: Chance, id: string, aim: Aim, faults: boolean, lostWebhooks: boolean): Text {
  const work =
    aim === 'tool' ? 'tool' : aim === 'streaming' ? 'story' : chance.weighted({ answer: 5, tool: 4, story: 1 });
  const plain: Text = { id, work, crashes: 0, complete: true, webhook: 'as usual', send: 'as usual' };
  if (!faults) return plain;
  return {
    ...plain,
    crashes: Number(chance.weighted({ 0: 94, 1: 3, 2: 3 })),
    complete: aim === 'gathering' ? false : chance.next() < 0.8,
    webhook: chance.weighted({ 'as usual': 80, late: 6, twice: 6, 'again later': 6, lost: lostWebhooks ? 4 : 0 }),
    send: chance.weighted({
      'as usual': 86,
      'refused 429': 6,
      '500 after it was taken': 4,
      'cut after it was taken': 3,
      'taken after the time-out': 1,
    }),
  };
}

export const textsOf = ({ episodes }: Plan): Text[] =>
  episodes.flatMap(({ casts }) => casts.flatMap((cast) => cast.texts));

type Endless<T> = { all: readonly T[]; left: T[]; chance: Chance };

/** Every item as often as any other, in an order of chance. */
function endless<T>(chance: Chance, all: readonly T[]): Endless<T> {
  return { all, left: [], chance };
}

function next<T>(from: Endless<T>, fits: (item: T) => boolean = () => true): T {
  for (;;) {
    const index = from.left.findIndex(fits);
    if (index >= 0) return from.left.splice(index, 1)[0] as T;
    from.left.push(...from.chance.shuffled(from.all));
  }
}
