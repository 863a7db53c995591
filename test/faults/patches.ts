// A change of the sources for a run, and the changes that shorten waits from minutes to seconds. Data only.

/** The file must contain `find` exactly once. */
export type Patch = { file: string; find: string; replace: string };

/**
 * For every run, with and without the variant: a reply that was cut on its way is looked up for seconds instead of a
 * minute.
 */
export const QUICK_LOOK_UPS: Patch = {
  file: 'src/conversation/policy/outbox.ts',
  find: '[2 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND] as const',
  replace: '[1 * SECOND, 2 * SECOND, 6 * SECOND, 9 * SECOND] as const',
};

/**
 * For runs in which the carrier accepts messages after the relay has given up the call: the last look-up must come
 * later.
 */
export const QUICK_TIME_OUT: Patch = {
  file: 'src/conversation/policy/outbox.ts',
  find: 'SEND_TIMEOUT_MS = 15 * SECOND',
  replace: 'SEND_TIMEOUT_MS = 5 * SECOND',
};

/** For runs with a failing carrier: the third try follows in seconds instead of five minutes. */
export const QUICK_TRIES: Patch = {
  file: 'src/conversation/policy/outbox.ts',
  find: '[0, 5 * MINUTE, 20 * MINUTE, HOUR] as const',
  replace: '[0, 5 * SECOND, 10 * SECOND, 20 * SECOND] as const',
};

/**
 * The same for all conversations together: one of them retries for all within seconds, even if the carrier named no
 * time.
 */
export const QUICK_PROBES: Patch = {
  file: 'src/objects/outage-rounds.ts',
  find: 'SILENT_PROBE_MS = [MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR]',
  replace: 'SILENT_PROBE_MS = [5 * SECOND, 10 * SECOND, 20 * SECOND, 30 * SECOND]',
};

/** For runs that wait for lost texts: lists leave out messages younger than this instead of two minutes. */
export const QUICK_YOUNGEST_MS = 20_000;
export const QUICK_LISTS: Patch = {
  file: 'src/worker/reconcile-range.ts',
  find: 'YOUNGEST_MS = 2 * MINUTE',
  replace: `YOUNGEST_MS = ${QUICK_YOUNGEST_MS}`,
};
