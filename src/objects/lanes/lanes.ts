import {
  alertsDue,
  outgoingDue,
  wantsAttach,
  wantsFiles,
  wantsHold,
  wantsOutage,
  wantsSend,
} from '../../conversation/lanes.ts';
import { wantsArchive } from '../../conversation/machine/backup.ts';
import { wantsMachine } from '../../conversation/machine/readiness.ts';
import type { Need } from '../../conversation/preload.ts';
import type { Event, Log } from '../../conversation/state/events.ts';
import type { State } from '../../conversation/state/state.ts';
import { type Settings, startBody } from '../settings.ts';
import { alertLane } from './alert-lane.ts';
import { attachLane } from './attach-lane.ts';
import { fileLane } from './attachment-lane.ts';
import { archiveLane } from './backup-lane.ts';
import { holdLane } from './keep-alive-lane.ts';
import { machineLane } from './machine-lane.ts';
import { outageLane } from './outage-lane.ts';
import { outgoingLane } from './outgoing-file-lane.ts';
import { restoreLost } from './restore.ts';
import { sendLane } from './send-lane.ts';

// The lanes of a conversation: when each is needed, which its rows alone decide, and how it runs. Holds no state; the
// object keeps one of each going.

/** What a lane works with: the object's rows, its configuration and its two clocks. */
export type Hands = {
  /** By the rows' clock: what is due, and every time that becomes a row. */
  now: () => number;
  /** By the world's: what is signed for others, and how long a call takes. */
  worldNow: () => number;
  /** A time of the rows as the world has it. */
  toWorld: (at: number) => number;
  load: (need?: Need) => State;
  /** Commits events, all or none; returns the new state. */
  apply: (...events: Event[]) => State;
  settings: () => Settings;
  /** Work whose end nobody waits for. */
  background: (work: Promise<void>) => void;
  report: (line: Log) => void;
  /** Whether a carrier id already belongs to a reply. */
  isBound: (sid: string) => boolean;
};

type Work = { isWanted: (state: State, now: number) => boolean; run: (hands: Hands) => Promise<void> };

export const LANES = {
  attach: {
    isWanted: wantsAttach,
    run: (hands) => {
      const { machineAccess, modelToken } = hands.settings();
      return attachLane({
        ...hands,
        access: () => machineAccess(hands.worldNow()),
        modelToken: (attempt) => modelToken(hands.worldNow(), attempt),
        restore: (state) => restoreLost(hands.settings(), state),
        startBody: (token) => startBody(hands.load({ grants: true }), token, hands.settings(), hands.now()),
      });
    },
  },
  files: {
    isWanted: wantsFiles,
    run: (hands) => {
      const { machineAccess, media, transcribe } = hands.settings();
      return fileLane({ ...hands, access: () => machineAccess(hands.worldNow()), host: media, transcribe });
    },
  },
  send: {
    isWanted: wantsSend,
    run: (hands) => {
      const { twilio: account, policy } = hands.settings();
      return sendLane({ ...hands, account, policy });
    },
  },
  outgoing: {
    isWanted: (state, now) => outgoingDue(state, now) !== null,
    run: (hands) => {
      const { machineAccess, outgoing } = hands.settings();
      return outgoingLane({ ...hands, access: () => machineAccess(hands.worldNow()), place: outgoing });
    },
  },
  outage: {
    isWanted: wantsOutage,
    run: (hands) => outageLane({ ...hands, tell: hands.settings().tellOutage }),
  },
  alert: {
    isWanted: (state, now) => alertsDue(state, now).length > 0,
    run: (hands) => alertLane({ ...hands, raise: hands.settings().tellOperator }),
  },
  hold: {
    isWanted: wantsHold,
    run: (hands) => {
      const { machineAccess } = hands.settings();
      const wait = (ms: number) => scheduler.wait(ms);
      return holdLane({ ...hands, access: () => machineAccess(hands.worldNow()), wait });
    },
  },
  machine: {
    isWanted: wantsMachine,
    run: (hands) => machineLane({ ...hands, provider: hands.settings().provider }),
  },
  archive: {
    isWanted: wantsArchive,
    run: (hands) => archiveLane({ ...hands, store: hands, settings: hands.settings() }),
  },
} satisfies Record<string, Work>;

export type Lane = keyof typeof LANES;
export const LANE_NAMES = Object.keys(LANES) as Lane[];
