import * as z from 'zod/mini';
import type { Happening, What } from '../../conversation/state/happening.ts';
import { NO_THREADS, type Threads } from '../../conversation/state/thread-rows.ts';
import { jsonOr } from './row-store.ts';

// Columns with JSON that the person can be served without.

const Happened: z.ZodMiniType<readonly Happening[]> = z.array(
  // A newer release may know more.
  z.looseObject({ what: z.string() as unknown as z.ZodMiniType<What>, at: z.number() }),
);
export const happened = jsonOr<readonly Happening[], null>(Happened, null);

const Topics: z.ZodMiniType<Threads> = z.looseObject({
  here: z.nullable(z.string()),
  general: z.nullable(z.string()),
  of: z.record(z.string(), z.string()),
});
export const threads = jsonOr<Threads, Threads>(Topics, NO_THREADS);
