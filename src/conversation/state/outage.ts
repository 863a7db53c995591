// An outage of the carrier, as stored in the conversation's row (outbox/carrier-outage.ts).

/** The news for the directory: the carrier refuses, the carrier takes messages, or nothing waits here any more. */
export type OutageNews = 'refuses' | 'takes' | 'leaves';

export type Outage = {
  /** Start of the outage, and the number of failed tries since. */
  since: number;
  tries: number;
  /** How many of the last tries in a row have an unknown outcome. */
  unheard?: number;
  /** The carrier's last refusal; nulls: none. */
  failure: 'rate' | 'account' | null;
  code: number | null;
  /** The carrier asked us to wait until then. */
  notBefore: number;
  /** Our address in the report to the directory, sent or about to be. */
  sender: string | null;
  /** True while the directory's answer is awaited: no call to the carrier before it. */
  waits: boolean;
  /** When the directory last asked this conversation to try for all. */
  calledAt?: number;
  news: OutageNews | null;
};
