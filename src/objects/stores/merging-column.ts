import * as z from 'zod/mini';
import { MERGE_STEPS, type Merging } from '../../conversation/state/merging.ts';
import type { HostEvent } from '../../git/host-event.ts';
import { nullOr } from './row-store.ts';

// The column of a merge of two homes: nothing may go on as before when it doesn't parse.

const Merges: z.ZodMiniType<Merging> = z.discriminatedUnion('role', [
  z.looseObject({
    role: z.literal('goes'),
    op: z.string(),
    with: z.string(),
    step: z.enum(MERGE_STEPS),
    since: z.number(),
    stepSince: z.number(),
    cursor: z.nullable(z.string()),
    tries: z.number(),
    told: z.boolean(),
    projects: z.record(z.string(), z.string()),
    leads: z.boolean(),
    hostEvents: z.optional(z.array(z.looseObject({ said: z.custom<HostEvent>(), digest: z.string() }))),
    isUnused: z.exactOptional(z.boolean()),
  }),
  z.looseObject({
    role: z.literal('stays'),
    op: z.string(),
    with: z.string(),
    step: z.enum(['expected', 'taking', 'done', 'settled']),
    until: z.number(),
    frozenUntil: z.nullable(z.number()),
    projects: z.record(z.string(), z.string()),
    schedules: z.record(z.string(), z.number()),
    isUnused: z.exactOptional(z.boolean()),
  }),
]);

export const merging = nullOr<Merging>(Merges);
