import * as z from 'zod/mini';
import { START_MAX_MS } from '../../conversation/policy/machine.ts';
import type { MachineRow, StepOutcome } from '../../conversation/state/machine.ts';
import { reasonOf } from '../../log.ts';
import type { Wanted } from '../rollout.ts';
import type { FlyMachine } from './api.ts';
import {
  type FlyContext,
  fingerprintOf,
  imageOf,
  isAsleep,
  isDown,
  isHostLost,
  isRunning,
  isThere,
  routingHeaders,
} from './context.ts';
import { machineConfigFor, restoreConfig } from './machine-config.ts';
import {
  outcomeOfFailure,
  RECREATE,
  refuseForGood,
  retryLater,
  SETTLE_MS,
  stepDone,
  waitWhileInDoubt,
} from './step-outcomes.ts';

// Waits for a machine to start, gives an existing machine a new image, and goes back to the old one if it doesn't
// start.

const POLL_MS = 700;
const POLL_TIMEOUT_MS = 10_000;
/** Fetching the image may take a host long; after this time the platform itself calls a machine stuck. */
const STUCK_MS = 5 * 60_000;
/** The longest time from `started` to the first answer. */
const BOOT_MS = 30_000;
const EXITS_MAX = 3;

/** A started machine is ready only when it answers at its public address. */
export async function checkHealth(fly: FlyContext, row: MachineRow, now: number): Promise<StepOutcome> {
  const { api } = fly;
  if (row.machine === null) return stepDone(RECREATE);
  if (await isUp(fly.urlOf(row.name), routingHeaders(row))) return stepDone({ step: 'record' });
  const since = row.stepSince ?? now;
  const waited = now - since;
  if (waited < START_MAX_MS) return retryLater('the machine does not answer yet', POLL_MS);
  const found = await api.machine(row.name, row.machine);
  if (found.kind === 'absent' || (found.kind === 'ok' && !isThere(found.value))) return stepDone(RECREATE);
  if (found.kind !== 'ok') return outcomeOfFailure(found);
  if (waited < STUCK_MS && isOnItsWay(found.value, since, now))
    return retryLater('the machine is still starting', POLL_MS);
  if (isHostLost(found.value)) return stepDone(RECREATE);
  if (row.previous !== null) return stepDone({ step: 'revert' });
  // Another image may have been configured meanwhile; a machine that never started has nothing to go back to.
  if (row.settings !== (await fly.wanted()).settings) {
    const removed = await api.destroyMachine(row.name, row.machine);
    return removed.kind === 'ok' || removed.kind === 'absent'
      ? stepDone({ step: 'machine', machine: null })
      : outcomeOfFailure(removed);
  }
  return refuseForGood(
    'image',
    `the machine is ${found.value.state} and does not answer ${Math.round(waited / 1000)} s after its start`,
  );
}

async function isUp(url: string, headers: Record<string, string>): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(POLL_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

function isOnItsWay(machine: FlyMachine, since: number, now: number): boolean {
  if (isHostLost(machine)) return true;
  const events = machine.events ?? [];
  // A machine in a restart loop always seems about to start.
  if (events.filter(({ type, timestamp }) => type === 'exit' && (timestamp ?? 0) > since).length >= EXITS_MAX)
    return false;
  if (!isRunning(machine)) return !isDown(machine);
  const starts = events.filter(({ status }) => status === 'started').map(({ timestamp }) => timestamp ?? 0);
  return now - Math.max(0, ...starts) < BOOT_MS;
}

const Previous = z.looseObject({
  image: z.string(),
  settings: z.string(),
  /**
   * The whole config before the change, as Fly returned it; nothing in it is secret. Null: Fly returned none, or a
   * malformed one.
   */
  config: z.catch(z.nullish(z.looseObject({ env: z.nullish(z.record(z.string(), z.string())) })), null),
});

const previousOf = (row: MachineRow) => Previous.safeParse(row.previous).data;

/**
 * A sleeping machine is changed without waking it, once another machine has started with the image. The first machine
 * and running machines are launched. The previous config is noted first, and kept until the machine answers again.
 */
export async function updateMachine(fly: FlyContext, row: MachineRow, now: number): Promise<StepOutcome> {
  const isNoted = previousOf(row)?.config !== undefined;
  const found = await known(fly, row).catch((error: unknown) => ({ outcome: retryLater(reasonOf(error)) }));
  if ('outcome' in found) {
    const { outcome } = found;
    const isBegun = isNoted || row.inDoubtSince !== null;
    return outcome.kind === 'retryable' && !isBegun ? asItWas(outcome.reason) : outcome;
  }
  const { machine } = found;
  const wanted = await fly.wanted();
  const staysAsleep = isAsleep(machine) && row.previous === null;
  const before = { image: row.image, settings: row.settings };
  const previous = row.previous ?? before;
  const changed = stepDone(staysAsleep ? { ...wanted, step: 'record' } : { ...wanted, step: 'health', previous });
  if (runs(machine, wanted)) return changed;
  const doubt = waitWhileInDoubt(row, now);
  if (doubt) return doubt;
  if (!staysAsleep && !isNoted) {
    return stepDone({ step: 'update', previous: { ...before, config: machine.config ?? null } });
  }
  const answer = await put(fly, row, machineConfigFor(fly.spec, wanted, row.name, row.volume ?? ''), staysAsleep);
  switch (answer.kind) {
    case 'ok':
      return changed;
    case 'no-capacity':
      return asItWas(answer.reason);
    case 'refused':
      return stepDone({ step: 'revert', previous });
    case 'absent':
      return retryLater(answer.reason, SETTLE_MS);
    default:
      return outcomeOfFailure(answer);
  }
}

/** The machine is unchanged and can work; it is asked again when it is idle. */
const asItWas = (reason: string): StepOutcome => retryLater(reason, null, { step: 'ready', previous: null });

export async function revertUpdate(fly: FlyContext, row: MachineRow): Promise<StepOutcome> {
  const found = await known(fly, row);
  if ('outcome' in found) return found.outcome;
  const previous = previousOf(row);
  if (!previous) return refuseForGood('image', 'nobody knows what the machine ran before');
  const { image, settings, config } = previous;
  const back = { image, settings };
  if (!runs(found.machine, back)) {
    const now = machineConfigFor(fly.spec, back, row.name, row.volume ?? '');
    const answer = await put(fly, row, config ? restoreConfig(config, now) : now, false);
    if (answer.kind === 'absent') return retryLater(answer.reason, SETTLE_MS);
    if (answer.kind !== 'ok') return outcomeOfFailure(answer);
  }
  const failed = row.settings === settings ? (await fly.wanted()).settings : row.settings;
  await fly.ledger.record({ name: row.name, ...back, revertedFrom: failed });
  return stepDone({ step: 'ready', ...back, previous: null });
}

async function known(
  { api }: FlyContext,
  row: MachineRow,
): Promise<{ machine: FlyMachine } | { outcome: StepOutcome }> {
  if (row.machine === null || row.volume === null) return { outcome: stepDone({ ...RECREATE, previous: null }) };
  const found = await api.machine(row.name, row.machine);
  if (found.kind === 'absent' || (found.kind === 'ok' && !isThere(found.value))) {
    return { outcome: stepDone({ ...RECREATE, previous: null }) };
  }
  return found.kind === 'ok' ? { machine: found.value } : { outcome: outcomeOfFailure(found) };
}

const runs = (machine: FlyMachine, { image, settings }: Wanted): boolean =>
  imageOf(machine) === image && fingerprintOf(machine) === settings;

const put = ({ api }: FlyContext, { name, machine }: MachineRow, config: object, skip_launch: boolean) =>
  api.updateMachine(name, machine ?? '', { config, skip_launch });
