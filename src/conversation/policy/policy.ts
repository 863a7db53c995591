import type { Usual } from '../../money/budget.ts';
import type { ConnectWay } from './connections.ts';
import type { Models } from './models.ts';

// The settings of a deployment that decisions depend on.

/** Texts that come while a turn runs: together in the next prompt, folded into the running turn, or one turn each. */
export const QUEUE_MODES = ['collect', 'steer', 'queue'] as const;
export type QueueMode = (typeof QUEUE_MODES)[number];

export type Assistant = { name: string | null; tone: string | null };

/** The settings of a deployment. `nudgeTemplate`: the approved template for a closed window, or null. */
export type Policy = {
  gatherMs: number;
  turnMs: number;
  queueMode: QueueMode;
  maxParts: number;
  nudgeTemplate: string | null;
  /** Our addresses on channels that are on. */
  senders?: readonly string[];
  /** The model needs no key (the demo model): nobody is charged the cost that the agent reports. */
  isFree?: boolean;
  models: Models;
  /** The default budgets of a person. */
  limits?: Usual;
  /** Everybody together has a budget, of which the directory lends parts. */
  isPooled?: boolean;
  /** The schemes of channels that run on this computer: messages cost nothing there, and nobody else reads them. */
  simulated?: readonly string[];
  /** The beginnings of links that only this computer opens, in a local run. */
  localLinks?: readonly string[];
  /** The memory of each conversation's machine, which decides its price; null when machines are shared. */
  machineMemoryMb?: number | null;
  /** The assistant's name and tone if the person has set none. */
  assistant: Assistant;
  /** The time zone (IANA) of people who have set none and whose number does not tell it; null: they are asked. */
  defaultZone: string | null;
  /** Deletes the carrier's copies of files after use. */
  deleteMedia: boolean;
  /** People who text for the first time get one welcome. */
  welcomes?: boolean;
  /** Each conversation gets its own machine; otherwise all share one. */
  makesMachines?: boolean;
  /** Whether people who trust each other share a machine, and so can reach each other's projects. */
  isMachineShared?: boolean;
  /** Texts older than this are emptied; null or undefined: never. */
  retentionMs?: number | null;
  /** There is a bucket for copies made by /export. */
  exports?: boolean;
  /** How accounts at GitHub are connected; null or undefined: nobody can connect any account. */
  connects?: ConnectWay | null;
  /** The quiet time after which folders are copied away; null: never. */
  archiveAfterMs: number | null;
};
