// An outage of the carrier, as the conversation's row keeps it (outbox/carrier-outage.ts).

/** What the directory is to hear: refused, taken, or that nothing waits here any more. */
export type OutageNews = 'refuses' | 'takes' | 'leaves';

export type Outage = {
  /** Since when nothing was taken, and how many tries were in vain since. */
  since: number;
  tries: number;
  /** Those of them in a row of which nobody knows what became. */
  unheard?: number;
  /** What the carrier said last; nulls: nothing. */
  failure: 'rate' | 'account' | null;
  code: number | null;
  /** The carrier asked not to be tried before. */
  notBefore: number;
  /** Our address whose outage the directory knows from us, or is about to. */
  sender: string | null;
  /** For the directory's word: nothing is asked of the carrier before it. */
  waits: boolean;
  /** When the directory last had this conversation try for all. */
  calledAt?: number;
  news: OutageNews | null;
};
