import type { Config } from '../config/config.ts';
import { readJoin } from '../input/access-code.ts';
import { MINUTE } from '../units.ts';

// The coarse bound of strangers at the edge: how often this isolate asks the directory about them. In memory only; the
// directory has the exact bounds.

/** Knocks of one address, and of all, in a minute. */
const KNOCKS_MAX = 5;
const ALL_KNOCKS_MAX = 100;

let since = 0;
let all = 0;
const byAddress = new Map<string, number>();

/** Whether the directory should hear of this text: pairing is on, or the text is a code. */
export function mayKnock({ PAIRING }: Pick<Config, 'PAIRING'>, from: string, text: string, now: number): boolean {
  if (PAIRING === 'off' && readJoin(text) === null) return false;
  if (now - since >= MINUTE) {
    since = now;
    all = 0;
    byAddress.clear();
  }
  const knocks = (byAddress.get(from) ?? 0) + 1;
  byAddress.set(from, knocks);
  if (knocks > KNOCKS_MAX) return false;
  all += 1;
  return all <= ALL_KNOCKS_MAX;
}

const raisedAt = new Map<string, number>();

/** Whether this isolate raises this alert now: once a minute, whoever texts. The directory tells the operator once an hour. */
export function mayRaise(cause: string, now: number): boolean {
  if (now - (raisedAt.get(cause) ?? Number.NEGATIVE_INFINITY) < MINUTE) return false;
  raisedAt.set(cause, now);
  return true;
}
