import { clockOf, zoneOfNumber } from '../../recurrence/zones.ts';
import type { Policy } from '../policy/policy.ts';
import { numberOfPerson } from './person.ts';
import type { State } from './state.ts';

// The person's time zone and how they write the time of day.

/** The zone that the person chose, else that of their number, else the configured one. Null: Roost has to ask. */
export const zoneOf = (state: State, { defaultZone }: Policy): string | null =>
  state.conversation.zone ?? zoneOfNumber(numberOfPerson(state)) ?? defaultZone ?? null;

export const clockOfPerson = (state: State): 12 | 24 => clockOf(numberOfPerson(state));
