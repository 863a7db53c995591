import type { LifecyclePace } from '../../../simulator/twilio/lifecycle.ts';
import type { Patch } from '../patches.ts';
import {
  type Act,
  type Aim,
  type Cast,
  CRASHES_BORNE,
  type Episode,
  type Kill,
  type Plan,
  type QueueMode,
  type Text,
} from '../plan.ts';
import type { Said } from '../said.ts';
import type { Kind, Strike } from '../schedule-case.ts';

// A deliberate defect as a change of the product's source, with a short plan that aims at it: with the change the plan
// must come out red, without it green. Also the building blocks of such plans. Pure.

export type Variant = {
  name: string;
  patches: Patch[];
  /** Its effect, as a person or the operator meets it. */
  wrong: string;
  /** The test that notices it first, as `file: title`. */
  noticedBy: string;
  /** Made with and without the defect: shortens waits that would make its plan long. */
  quicker?: readonly Patch[];
} & (Planned | Scheduled);

export type Planned = {
  plan: Plan;
  /** The name of its channel where none is asked for; default: WhatsApp's. */
  channel?: string;
  /** A reply of unknown outcome is sent once more. */
  repeats?: true;
  /** Replies have buttons. */
  buttons?: true;
  /** Ids that look alike are confused. */
  lookalikes?: true;
  /** The time after which people have to write first is over. */
  window?: true;
  /** The plan where people shut us out; there no window closes. */
  shutOut?: Plan;
  /** Sentences that no phone may show, whatever else is true. */
  never?: Said['kind'];
  /** Machines are backed up. */
  backsUp?: boolean;
  /** Nothing ends the agent server in it. */
  isUncut?: boolean;
  pace?: Partial<LifecyclePace>;
  /** The relay finds lost webhooks itself. */
  reconciles?: boolean;
};

/** A schedule that is struck when it is due. */
export type Scheduled = { schedule: { kind: Kind; strike: Strike } };

const plain: Text = {
  id: '',
  work: 'answer',
  crashes: 0,
  complete: true,
  webhook: 'as usual',
  send: 'as usual',
};

export type Group = Omit<Cast, 'person'>[];

/** One episode; people and ids are numbered throughout. */
export function onePlan(kill: Kill, ...groups: Group[]): Plan {
  let made = 0;
  const casts = groups.flat().map((cast, person) => ({
    ...cast,
    person,
    texts: cast.texts.map((text) => ({ ...text, id: text.id || `m${String(++made).padStart(4, '0')}` })),
  }));
  return {
    people: casts.length,
    modes: casts.map(() => 'collect'),
    episodes: [{ kill, casts, callbacks: 'as usual', weather: 'fine', releaseFirst: false }],
  };
}

/** As above, and the process to kill stops at a point inside before that. */
export const inside = (point: string, plan: Plan): Plan => ({
  ...plan,
  episodes: plan.episodes.map((episode) => ({ ...episode, inside: point })),
});

/** This many people with one text each. */
export function each(count: number, aim: Aim, text: Partial<Text> = {}): Group {
  return Array.from({ length: count }, () => ({ act: 'texts', aim, texts: [{ ...plain, ...text }] }));
}

/** This many people who stop their work and then want it back; `waiting`: the number of texts that wait behind it. */
export const stopped = (count: number, waiting = 0): Group =>
  acting('stop', count, [{ work: 'tool' }, ...Array.from({ length: waiting }, () => ({}))], 'tool');

/** One person whose first text is given up, because the agent fails at it, and whose second is answered. */
export const givenUpAndNext = (): Group => acting('texts', 1, [{ crashes: CRASHES_BORNE + 1 }, {}]);

/** One person with many texts, whose ids begin at `from`. They wait for one another: none is a whole sentence. */
export function burst(count: number, from = 100, text: Partial<Text> = {}): Group {
  const texts = Array.from({ length: count }, (_, n) => ({
    ...plain,
    complete: false,
    ...text,
    id: `m${String(from + n).padStart(4, '0')}`,
  }));
  return [{ act: 'texts', aim: 'gathering', texts }];
}

/** This many people with this act and such texts. */
export function acting(
  act: Act,
  count: number,
  texts: readonly Partial<Text>[],
  aim: Aim = 'none',
  more: Partial<Cast> = {},
): Group {
  return Array.from({ length: count }, () => ({
    ...more,
    act,
    aim,
    texts: texts.map((text) => ({ ...plain, ...text })),
  }));
}

/** The same plan, with that mode for everybody. */
export const inMode = (mode: QueueMode, plan: Plan): Plan => ({ ...plan, modes: plan.modes.map(() => mode) });

/** The same plan with this carrier. */
export const withCarrier = (carrier: Partial<Pick<Episode, 'callbacks' | 'weather'>>, plan: Plan): Plan => ({
  ...plan,
  episodes: plan.episodes.map((episode) => ({ ...episode, ...carrier })),
});

/** The same plan, with the numbers of the channel's updates begun anew at each episode. */
export const numberedAnew = (plan: Plan): Plan => ({
  ...plan,
  episodes: plan.episodes.map((episode) => ({ ...episode, isRenumbered: true })),
});

/** One plan after the other, with the same people. */
export const inTurn = (...plans: readonly Plan[]): Plan => ({
  people: Math.max(...plans.map(({ people }) => people)),
  modes: plans[0]?.modes ?? [],
  episodes: plans.flatMap(({ episodes }) => episodes),
});
