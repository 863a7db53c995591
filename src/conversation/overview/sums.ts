import { MICROS_A_DOLLAR } from '../../input/dollars.ts';
import { type DayFigures, emptyDay, WAITS } from '../state/figures.ts';
import { addBuckets } from './waits.ts';

// Adds the figures of people and days.

/** Models beyond these are counted under OTHER. */
const MODELS_MAX = 20;
export const OTHER = 'other';
const NAME_MAX = 80;

/** `sign` −1 takes `more` away. */
export function addFigures(sums: DayFigures, more: DayFigures, sign = 1): DayFigures {
  let { models } = sums;
  for (const [name, micros] of Object.entries(more.models)) models = withModel(models, name, sign * micros);
  return {
    day: sums.day,
    models,
    carrier: sums.carrier + sign * more.carrier,
    machine: sums.machine + sign * more.machine,
    turns: sums.turns + sign * more.turns,
    failed: sums.failed + sign * more.failed,
    waits: Object.fromEntries(
      WAITS.map((wait) => [wait, addBuckets(sums.waits[wait], more.waits[wait], sign)]),
    ) as DayFigures['waits'],
  };
}

/** One entry for each day, the newest first. */
export function addDays(all: readonly DayFigures[]): DayFigures[] {
  const days = new Map<string, DayFigures>();
  for (const one of all) days.set(one.day, addFigures(days.get(one.day) ?? emptyDay(one.day), one));
  return [...days.values()].sort((a, b) => (a.day < b.day ? 1 : -1));
}

export function withModel(models: DayFigures['models'], model: string, micros: number): DayFigures['models'] {
  if (micros === 0) return models;
  const name = model.slice(0, NAME_MAX);
  const isKnown = Object.hasOwn(models, name);
  const key = isKnown || Object.keys(models).length < MODELS_MAX ? name : OTHER;
  const before = Object.hasOwn(models, key) ? (models[key] ?? 0) : 0;
  return { ...models, [key]: before + micros };
}

/** Micro-dollars. */
export const moneyOf = ({ models, carrier, machine }: DayFigures): number =>
  carrier + machine + Object.values(models).reduce((sum, micros) => sum + micros, 0);

const STEPS_A_DOUBLING = 4;

/** Orders people by what they cost, in steps of a fifth, so that a turn seldom changes an index. Below a dollar: 0. */
export const rankOf = (micros: number): number =>
  micros < MICROS_A_DOLLAR ? 0 : 1 + Math.floor(STEPS_A_DOUBLING * Math.log2(micros / MICROS_A_DOLLAR));
