import { hostEventsOf } from '../conversation/access/merge.ts';
import type { Effect } from '../conversation/state/events.ts';
import type { HandedOver } from '../conversation/state/merge-events.ts';
import { addressesOfPerson, answerAddressOf, findAddress, newAddress } from '../conversation/state/person.ts';
import type { State } from '../conversation/state/state.ts';
import { reasonOf } from '../log.ts';
import type { LaneContext } from './lanes/lane-context.ts';

// Short calls of a merge, and what a home hands over at last.

/** The elder home needn't wait for a job that was given up. */
export async function performCallOff(
  { with: home, op }: Extract<Effect, { do: 'call-off-merge' }>,
  { services, report }: LaneContext,
): Promise<void> {
  try {
    await services().home(home).callOffMerge(op);
  } catch (error) {
    report({ level: 'warn', event: 'merge-not-called-off', reason: reasonOf(error) });
  }
}

/** Addresses that are somebody else's stay out. */
export function handedOver(state: State, op: string, now: number): HandedOver {
  const { conversation, keptTexts, windows, timers } = state;
  const snoozes = timers.filter(({ kind }) => kind === 'snooze');
  const { day, month, today, thisMonth, projects, stopped } = conversation.spending;
  const rows = addressesOfPerson(state).map(
    (address) => findAddress(state, address) ?? newAddress(address, 'code', now),
  );
  return {
    op,
    addresses: rows.filter(({ state: bound }) => bound === 'bound'),
    keptTexts,
    hostEvents: hostEventsOf(state),
    windows,
    threads: conversation.threads.of,
    snoozes: snoozes.map(({ ref, dueAt }) => ({ schedule: ref, dueAt })),
    spent: { day, month, today, thisMonth, projects, stopped },
    ends: { from: conversation.sender, to: answerAddressOf(conversation) },
  };
}
