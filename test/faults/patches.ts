// A change of the sources a run plays, and those that have it wait for seconds and not for minutes. Data only.

/** `find` must be in the file exactly once. */
export type Patch = { file: string; find: string; replace: string };

/** Made in every run, with and without the variant: a reply that was cut on its way is looked for in seconds, not a minute. */
export const QUICK_LOOK_UPS: Patch = {
  file: 'src/conversation/policy/outbox.ts',
  find: '[2 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND] as const',
  replace: '[1 * SECOND, 2 * SECOND, 6 * SECOND, 9 * SECOND] as const',
};

/** Made with it where the carrier takes messages after the relay has given the call up: the last look must come later. */
export const QUICK_TIME_OUT: Patch = {
  file: 'src/conversation/policy/outbox.ts',
  find: 'SEND_TIMEOUT_MS = 15 * SECOND',
  replace: 'SEND_TIMEOUT_MS = 5 * SECOND',
};

/** Made in runs with a carrier that breaks: a second try in vain is followed by a third in seconds, not in five minutes. */
export const QUICK_TRIES: Patch = {
  file: 'src/conversation/policy/outbox.ts',
  find: '[0, 5 * MINUTE, 20 * MINUTE, HOUR] as const',
  replace: '[0, 5 * SECOND, 10 * SECOND, 20 * SECOND] as const',
};

/** The same for all conversations together: one of them tries for all again in seconds, also where the carrier said nothing. */
export const QUICK_PROBES: Patch = {
  file: 'src/objects/outage-rounds.ts',
  find: 'SILENT_PROBE_MS = [MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR]',
  replace: 'SILENT_PROBE_MS = [5 * SECOND, 10 * SECOND, 20 * SECOND, 30 * SECOND]',
};

/** Made in runs that wait for lost texts: lists leave out what is younger than this, and not than two minutes. */
export const QUICK_YOUNGEST_MS = 20_000;
export const QUICK_LISTS: Patch = {
  file: 'src/worker/reconcile-range.ts',
  find: 'YOUNGEST_MS = 2 * MINUTE',
  replace: `YOUNGEST_MS = ${QUICK_YOUNGEST_MS}`,
};
