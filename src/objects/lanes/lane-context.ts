import type { Event } from '../../conversation/state/events.ts';
import type { Read } from '../../conversation/state/reads.ts';
import type { State } from '../../conversation/state/state.ts';
import type { Log } from '../../log.ts';
import type { MergeRows } from '../merge-rows.ts';
import type { Services } from '../services.ts';
import type { ExportStore } from '../stores/export-store.ts';
import type { CarrierMessage } from '../stores/forgotten-store.ts';
import type { GitStore } from '../stores/git-store.ts';
import type { Emptied } from '../stores/retention-store.ts';
import type { Tombstone } from '../tombstone.ts';

/** The tools of a lane or an effect: the object's rows, its services and its two clocks. */
export type LaneContext = {
  /** Conversation time: when something is due, and every time that becomes a row. */
  now: () => number;
  /** Real time: what is signed for others, and how long a call takes. */
  realNow: () => number;
  /** Converts conversation time to real time. */
  toRealTime: (at: number) => number;
  load: (reads?: readonly Read[]) => State;
  /** Commits events, all or none; returns the new state. */
  apply: (...events: Event[]) => State;
  /** Empties texts that were written before this time: a bounded number of them. */
  emptyTexts: (before: number) => Emptied;
  services: () => Services;
  /** Runs work whose end nobody waits for. */
  background: (work: Promise<void>) => void;
  report: (line: Log) => void;
  /** Whether a carrier id already belongs to a reply. */
  isBound: (sid: string) => boolean;
  /** The rows of a copy made by /export. */
  exports: ExportStore;
  /** The rows about git hosts. */
  git: GitStore;
  /** The conversation's messages at the carrier, in a fixed order, after `cursor`; with their media. */
  carrierMessages: (cursor: string | null, limit: number) => CarrierMessage[];
  /** The rows that go over when two homes become one. */
  merge: MergeRows;
  /** False once all rows were deleted. */
  isHome: () => boolean;
  /** Deletes all rows, and keeps what recognises late repeats. */
  tombstone: () => Tombstone;
};
