import * as z from 'zod';
import { START_MAX_MS } from '../../conversation/policy/machine.ts';
import type { MachineRow, StepOutcome } from '../../conversation/state/machine.ts';
import { reasonOf } from '../../log.ts';
import type { FlyMachine } from './api.ts';
import {
  imageOf,
  isAsleep,
  isDown,
  isHostLost,
  isRunning,
  isThere,
  type Place,
  preferring,
  settingsOf,
  type Wanted,
} from './context.ts';
import { asBefore, machineFor } from './machine-config-for.ts';
import { AGAIN, done, inDoubt, later, never, SETTLE_MS, setBack } from './step-outcomes.ts';

// Waits for a machine to start, gives an existing machine a new image, and goes back to the old one if it doesn't start.

const POLL_MS = 700;
const POLL_TIMEOUT_MS = 10_000;
/** A host may fetch the image for long; beyond this the platform itself calls a machine stuck. */
const STUCK_MS = 5 * 60_000;
/** From started to answering. */
const BOOT_MS = 30_000;
const EXITS_MAX = 3;

/** Started is not ready: it is when it answers where requests for it go. */
export async function health(place: Place, row: MachineRow, now: number): Promise<StepOutcome> {
  const { api } = place;
  if (row.machine === null) return done(AGAIN);
  if (await isUp(place.urlOf(row.name), preferring(row))) return done({ step: 'record' });
  const since = row.stepSince ?? now;
  const waited = now - since;
  if (waited < START_MAX_MS) return later('the machine does not answer yet', POLL_MS);
  const found = await api.machine(row.name, row.machine);
  if (found.kind === 'absent' || (found.kind === 'ok' && !isThere(found.value))) return done(AGAIN);
  if (found.kind !== 'ok') return setBack(found);
  if (waited < STUCK_MS && isOnItsWay(found.value, since, now)) return later('the machine is still starting', POLL_MS);
  if (isHostLost(found.value)) return done(AGAIN);
  if (row.previous !== null) return done({ step: 'revert' });
  // Another image may have been configured since; what did not come up has nothing to go back to.
  if (row.settings !== (await place.wanted()).settings) {
    const removed = await api.destroyMachine(row.name, row.machine);
    return removed.kind === 'ok' || removed.kind === 'absent'
      ? done({ step: 'machine', machine: null })
      : setBack(removed);
  }
  return never(
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
  // Restarted again and again it is always about to start.
  if (events.filter(({ type, timestamp }) => type === 'exit' && (timestamp ?? 0) > since).length >= EXITS_MAX)
    return false;
  if (!isRunning(machine)) return !isDown(machine);
  const starts = events.filter(({ status }) => status === 'started').map(({ timestamp }) => timestamp ?? 0);
  return now - Math.max(0, ...starts) < BOOT_MS;
}

const Previous = z.looseObject({
  image: z.string(),
  settings: z.string(),
  /** All of its config as Fly told it before the change; nothing in it is secret. Null: Fly did not know, or told what it should not. */
  config: z
    .looseObject({ env: z.record(z.string(), z.string()).nullish() })
    .nullish()
    .catch(null),
});

const previousOf = (row: MachineRow) => Previous.safeParse(JSON.parse(row.previous ?? 'null')).data;

/**
 * One that sleeps is changed in its sleep, once the image has come up elsewhere; the first is launched, and so is one that
 * runs. What it was is noted before, and kept until it has answered again.
 */
export async function update(place: Place, row: MachineRow, now: number): Promise<StepOutcome> {
  const isNoted = previousOf(row)?.config !== undefined;
  const found = await known(place, row).catch((error: unknown) => ({ outcome: later(reasonOf(error)) }));
  if ('outcome' in found) {
    const { outcome } = found;
    const isBegun = isNoted || row.inDoubtSince !== null;
    return outcome.kind === 'later' && !isBegun ? asItWas(outcome.reason) : outcome;
  }
  const { machine } = found;
  const wanted = await place.wanted();
  const staysAsleep = isAsleep(machine) && row.previous === null;
  const before = { image: row.image, settings: row.settings };
  const previous = row.previous ?? JSON.stringify(before);
  const changed = done(staysAsleep ? { ...wanted, step: 'record' } : { ...wanted, step: 'health', previous });
  if (runs(machine, wanted)) return changed;
  const doubt = inDoubt(row, now);
  if (doubt) return doubt;
  if (!staysAsleep && !isNoted) {
    return done({ step: 'update', previous: JSON.stringify({ ...before, config: machine.config ?? null }) });
  }
  const answer = await put(place, row, machineFor(place.wish, wanted, row.name, row.volume ?? ''), staysAsleep);
  switch (answer.kind) {
    case 'ok':
      return changed;
    case 'no-capacity':
      return asItWas(answer.reason);
    case 'refused':
      return done({ step: 'revert', previous });
    case 'absent':
      return later(answer.reason, SETTLE_MS);
    default:
      return setBack(answer);
  }
}

/** It was not changed and can work; it is asked again when it is idle. */
const asItWas = (reason: string): StepOutcome => later(reason, null, { step: 'ready', previous: null });

export async function revert(place: Place, row: MachineRow): Promise<StepOutcome> {
  const found = await known(place, row);
  if ('outcome' in found) return found.outcome;
  const previous = previousOf(row);
  if (!previous) return never('image', 'nobody knows what the machine ran before');
  const { image, settings, config } = previous;
  const back = { image, settings };
  if (!runs(found.machine, back)) {
    const now = machineFor(place.wish, back, row.name, row.volume ?? '');
    const answer = await put(place, row, config ? asBefore(config, now) : now, false);
    if (answer.kind === 'absent') return later(answer.reason, SETTLE_MS);
    if (answer.kind !== 'ok') return setBack(answer);
  }
  const failed = row.settings === settings ? (await place.wanted()).settings : row.settings;
  await place.ledger.record({ name: row.name, ...back, revertedFrom: failed });
  return done({ step: 'ready', ...back, previous: null });
}

async function known({ api }: Place, row: MachineRow): Promise<{ machine: FlyMachine } | { outcome: StepOutcome }> {
  if (row.machine === null || row.volume === null) return { outcome: done({ ...AGAIN, previous: null }) };
  const found = await api.machine(row.name, row.machine);
  if (found.kind === 'absent' || (found.kind === 'ok' && !isThere(found.value))) {
    return { outcome: done({ ...AGAIN, previous: null }) };
  }
  return found.kind === 'ok' ? { machine: found.value } : { outcome: setBack(found) };
}

const runs = (machine: FlyMachine, { image, settings }: Wanted): boolean =>
  imageOf(machine) === image && settingsOf(machine) === settings;

const put = ({ api }: Place, { name, machine }: MachineRow, config: object, skip_launch: boolean) =>
  api.updateMachine(name, machine ?? '', { config, skip_launch });
