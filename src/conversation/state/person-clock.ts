import { numberOf } from '../../addresses.ts';
import { clockOf, zoneOfNumber } from '../../recurrence/zones.ts';
import type { Policy } from '../policy/policy.ts';
import type { State } from './state.ts';

// The person's time zone and how they write the time of day.

/** The zone that the person chose, else that of their number, else the configured one. Null: Roost has to ask. */
export const zoneOf = ({ conversation }: State, { defaultZone }: Policy): string | null =>
  conversation.zone ?? zoneOfNumber(numberOf(conversation.address)) ?? defaultZone ?? null;

export const clockOfPerson = ({ conversation }: State): 12 | 24 => clockOf(numberOf(conversation.address));
