import { goingOf, wantsMerge } from '../../conversation/access/merge.ts';
import {
  findDueAlerts,
  findDueOutgoing,
  wantsAttach,
  wantsFiles,
  wantsHold,
  wantsOutage,
  wantsSend,
} from '../../conversation/lanes.ts';
import { wantsArchive } from '../../conversation/machine/backup.ts';
import { wantsMachine } from '../../conversation/machine/readiness.ts';
import { wantsExport } from '../../conversation/privacy/export.ts';
import { wantsForget } from '../../conversation/privacy/forget.ts';
import type { State } from '../../conversation/state/state.ts';
import { hasRepository, startBodyOf } from '../attempt-request.ts';
import { runAlertLane } from './alert-lane.ts';
import { runAttachLane } from './attach-lane.ts';
import { runBackupLane } from './backup-lane.ts';
import { runExportLane } from './export-lane.ts';
import { runForgetLane } from './forget-lane.ts';
import { runAttachmentLane } from './inbound-file-lane.ts';
import { runKeepAliveLane } from './keep-alive-lane.ts';
import type { LaneContext } from './lane-context.ts';
import { runMachineLane } from './machine-lane.ts';
import { runMergeLane } from './merge-lane.ts';
import { runOutageLane } from './outage-lane.ts';
import { runOutgoingFileLane } from './outgoing-file-lane.ts';
import { restoreLost } from './restore-lost.ts';
import { runSendLane } from './send-lane.ts';

// The lanes of a conversation, one worker loop per kind of slow work: the rows alone decide when each is needed. Holds
// no state; the object keeps one of each going. The names below are in the operator's log (`lane-broke`).

type Work = { isWanted: (state: State, now: number) => boolean; run: (context: LaneContext) => Promise<void> };

export const LANES = {
  attach: {
    isWanted: wantsAttach,
    run: (context) => {
      const { machineAccess, modelToken, connectToken } = context.services();
      return runAttachLane({
        ...context,
        access: () => machineAccess(context.realNow()),
        tokens: async (attempt) => {
          const [now, isBound] = [context.realNow(), hasRepository(context.load())];
          return { model: await modelToken(now, attempt), connect: isBound ? await connectToken(now, attempt) : null };
        },
        restore: (state) => restoreLost(context.services(), state),
        startBody: (tokens) =>
          startBodyOf(context.load([{ rows: 'grants' }]), tokens, context.services().policy, context.now()),
      });
    },
  },
  files: {
    isWanted: wantsFiles,
    run: (context) => {
      const { machineAccess, ownerOf, transcribe } = context.services();
      return runAttachmentLane({ ...context, access: () => machineAccess(context.realNow()), ownerOf, transcribe });
    },
  },
  send: {
    isWanted: wantsSend,
    run: (context) => {
      const { carrierOf, policy, outgoing } = context.services();
      return runSendLane({ ...context, carrierOf, policy, openFile: outgoing.open });
    },
  },
  outgoing: {
    isWanted: (state, now) => findDueOutgoing(state, now) !== null,
    run: (context) => {
      const { machineAccess, outgoing: media, carrierOf } = context.services();
      return runOutgoingFileLane({ ...context, access: () => machineAccess(context.realNow()), media, carrierOf });
    },
  },
  outage: {
    isWanted: wantsOutage,
    run: (context) => runOutageLane({ ...context, tell: context.services().tellOutage }),
  },
  alert: {
    isWanted: (state, now) => findDueAlerts(state, now).length > 0,
    run: (context) => runAlertLane({ ...context, raise: context.services().tellOperator }),
  },
  hold: {
    isWanted: wantsHold,
    run: (context) => {
      const { machineAccess } = context.services();
      const wait = (ms: number) => scheduler.wait(ms);
      return runKeepAliveLane({ ...context, access: () => machineAccess(context.realNow()), wait });
    },
  },
  machine: {
    isWanted: wantsMachine,
    run: (context) => runMachineLane({ ...context, provider: context.services().provider }),
  },
  archive: {
    isWanted: wantsArchive,
    run: (context) => runBackupLane({ ...context, store: context, services: context.services() }),
  },
  export: {
    isWanted: wantsExport,
    run: (context) => runExportLane(context),
  },
  forget: {
    isWanted: wantsForget,
    run: (context) => runForgetLane(context),
  },
  merge: {
    isWanted: wantsMerge,
    run: (context) => runMergeLane(context),
  },
} satisfies Record<string, Work>;

/** The lanes that still run while everything is being deleted. */
const WHILE_FORGETTING: readonly Lane[] = ['send', 'alert', 'forget'];

/** The lanes that run at a home that goes into another one: until the rows go over, and from then on. */
const WHILE_GOING: readonly Lane[] = ['send', 'alert', 'outage', 'merge'];
const WHILE_SWITCHING: readonly Lane[] = ['alert', 'merge'];

export type Lane = keyof typeof LANES;
/** The lanes that have work now. */
export const findWantedLanes = (state: State, now: number): Lane[] =>
  lanesOf(state).filter((lane) => LANES[lane].isWanted(state, now));

function lanesOf(state: State): readonly Lane[] {
  if (state.conversation.forgetting !== null) return WHILE_FORGETTING;
  const step = goingOf(state)?.step ?? 'wait';
  if (step === 'wait') return LANE_NAMES;
  return step === 'freeze' || step === 'copy' ? WHILE_GOING : WHILE_SWITCHING;
}
const LANE_NAMES = Object.keys(LANES) as Lane[];
