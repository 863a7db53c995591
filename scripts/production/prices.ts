// Prices in US dollars, as published in November 2026; `0.3 / 1e6` means 0.30 for a million. Check them again before
// you quote a figure to a customer. The carrier's prices are in src/money/carrier-prices.ts. The model is left out,
// because its cost depends on the conversation.

/** fly.io/docs/about/pricing: a started machine by the second, everything else by the month of 30 days. */
export const FLY = {
  /** shared-cpu-1x with 1 GB in the cheapest regions; up to 1.6 times that in others. */
  second: 0.000_002_28,
  volumeGb: 0.15,
  /** Root file system of a stopped machine. */
  stoppedGb: 0.15,
} as const;

/**
 * developers.cloudflare.com: Workers Paid is 5 a month and includes the amounts below; these are the prices beyond
 * them.
 */
export const CLOUDFLARE = {
  paidPlan: 5,
  workerRequest: 0.3 / 1e6,
  objectRequest: 0.15 / 1e6,
  gbSecond: 12.5 / 1e6,
  rowRead: 0.001 / 1e6,
  rowWritten: 1 / 1e6,
  storedGb: 0.2,
  r2Write: 4.5 / 1e6,
  r2Read: 0.36 / 1e6,
  r2StoredGb: 0.015,
} as const;

export const PRICES_AS_OF = 'November 2026';
