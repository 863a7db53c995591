import type { Review } from '../../git/host-event.ts';
import type { PullRequest } from '../../git/pull-request.ts';
import { WATCH_WORDS } from '../../input/pull-command.ts';

// The pull requests that a conversation knows, and what the person wants to hear of them.

/** new: somebody opened one · checks: they failed · reviews: one came · merges: it was merged or closed. */
export const WATCHED = WATCH_WORDS;
export type Watched = (typeof WATCHED)[number];
/** `own`: of pull requests that the agent opened. */
export type Watches = { own: readonly Watched[]; others: readonly Watched[] };
export const USUAL_WATCHES: Watches = { own: WATCHED, others: [] };

/** Something about a pull request that the person hasn't been told yet. */
export type PullNews =
  | { what: 'checks'; names: readonly string[] }
  | ({ what: 'review' } & Pick<Review, 'verdict' | 'author'>)
  | { what: 'merged' }
  | { what: 'closed' };

export type KnownPull = PullRequest & {
  project: string;
  /** The agent opened it. */
  isOurs: boolean;
  /** The person has seen it as a message of its own. */
  isShown: boolean;
  news: readonly PullNews[];
  /** What was told before, so that a repeat is not: `check HEAD NAME`, `review ID`; the newest last. */
  told: readonly string[];
  updatedAt: number;
};

export const PULLS_KEPT = 200;
