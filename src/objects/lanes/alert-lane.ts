import { explainError, serviceOfCode } from '../../channels/registry.ts';
import { findDueAlerts } from '../../conversation/lanes.ts';
import type { Cause } from '../../conversation/state/alerts.ts';
import type { Event } from '../../conversation/state/events.ts';
import type { MachineRefusal } from '../../conversation/state/machine.ts';
import type { State } from '../../conversation/state/state.ts';
import { texts } from '../../texts/index.ts';

// The lane that hands alerts for the operator to the directory. Each cause is a timer row until it is there.

export type AlertDeps = {
  now: () => number;
  load: () => State;
  apply: (event: Event) => State;
  /** Durable when it resolves. */
  raise: (cause: string, text: string) => Promise<void>;
};

/** Runs until nothing is due. */
export async function runAlertLane(deps: AlertDeps): Promise<void> {
  for (;;) {
    const due = findDueAlerts(deps.load(), deps.now())[0];
    if (!due) return;
    try {
      await deps.raise(due.ref, alertTextOf(due.ref as Cause));
      deps.apply({ type: 'alert-raised', cause: due.ref });
    } catch {
      deps.apply({ type: 'alert-failed', cause: due.ref });
    }
  }
}

/** What happened and what to do, in words. */
export function alertTextOf(cause: Cause): string {
  const [kind, code] = cause.split('/') as [string, string | undefined];
  const { alerts } = texts;
  switch (kind) {
    case 'window-closed':
      return alerts.windowClosed;
    case 'reply-doubled':
      return alerts.replyDoubled;
    case 'reply-doubtful':
      return alerts.replyDoubtful;
    // The name that the previous release used.
    case 'reply-lost':
    case 'reply-waits':
      return alerts.replyWaits(serviceOfCode(Number(code ?? 0)), Number(code ?? 0), explainError(Number(code ?? 0)));
    case 'against-policy':
      return alerts.againstPolicy(Number(code), explainError(Number(code)));
    case 'sender-blocked':
      return alerts.senderBlocked(Number(code), explainError(Number(code)));
    case 'sender-unblocked':
      return alerts.senderUnblocked;
    case 'held-too-long':
      return alerts.heldTooLong;
    case 'archive-failing':
      return alerts.archiveFailing;
    case 'forget-waits':
      return texts.privacy.alertForgetWaits;
    case 'media-not-deleted':
      return alerts.mediaNotDeleted;
    case 'files-not-removed':
      return alerts.filesNotRemoved;
    case 'number-recycled':
      return texts.persons.alertRecycled;
    case 'number-changed':
      return texts.persons.alertChanged;
    case 'address-claimed':
      return texts.persons.alertClaimed;
    case 'timer-failing':
      return alerts.timerFailing;
    case 'texts-a-day':
      return alerts.textsADay;
    case 'wrong-pins':
      return alerts.wrongPins;
    case 'disk-full':
      return texts.machines.alertDisk;
    case 'turn-refused':
      return texts.machines.alertTurnRefused;
    case 'machine-unreachable':
      return texts.machines.alertUnreachable;
    case 'model-overloaded':
      return alerts.modelOverloaded;
    case 'model-refused':
      return alerts.modelRefused;
    case 'machine-refused':
      return texts.machines.alertRefused(code as MachineRefusal);
    case 'machine-gone':
      return texts.machines.alertGone;
    case 'machine-reverted':
      return texts.machines.alertReverted;
    case 'no-media-bucket':
      return texts.files.noBucket;
    case 'account-refused':
      return alerts.accountRefused(serviceOfCode(Number(code)), Number(code), explainError(Number(code)));
    case 'nudge-refused':
      return alerts.nudgeRefused(Number(code), explainError(Number(code)));
    default:
      return alerts.replyRefused(serviceOfCode(Number(code)), Number(code), explainError(Number(code)));
  }
}
