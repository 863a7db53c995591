import { type Candidate, toStop } from './autostop.ts';
import type { Cloud } from './cloud.ts';
import { stopAsConfigured, suspend } from './machines.ts';
import { loadFor } from './proxy.ts';
import { publicService } from './proxy-target.ts';
import type { MachineRecord } from './store.ts';

// The proxy's pass over all apps, every few minutes and on demand: applies autostop.ts. Owns one timer.

/** Makes one pass and returns the machines it put to sleep. */
export function passOnce(cloud: Cloud, now: number): string[] {
  const started = cloud.store.machines.filter(
    (machine) => machine.state === 'started' && machine.hostStatus === 'ok' && !machine.isCordoned,
  );
  const byApp = Map.groupBy(started, ({ app }) => app);
  return [...byApp.values()].flatMap((machines) => {
    const candidates = machines.flatMap((machine) => candidate(cloud, machine, now));
    return toStop(candidates, cloud.pace.firstIdleMs).flatMap(({ id, autostop }) => {
      const machine = machines.find((known) => known.id === id);
      if (!machine) return [];
      if (autostop === 'suspend') putAside(cloud, machine);
      else stopAsConfigured(cloud, machine);
      return [id];
    });
  });
}

/** "Falling back to a full stop if this is not possible." */
function putAside(cloud: Cloud, machine: MachineRecord): void {
  try {
    suspend(cloud, machine, 'proxy');
  } catch {
    stopAsConfigured(cloud, machine);
  }
}

function candidate(cloud: Cloud, machine: MachineRecord, now: number): Candidate[] {
  const service = publicService(machine);
  if (!service) return [];
  const { open, idleSince } = loadFor(cloud, machine.id);
  return [
    {
      id: machine.id,
      region: machine.region,
      autostop: service.autostop ?? 'off',
      minRunning: service.min_machines_running ?? 0,
      softLimit: service.concurrency?.soft_limit ?? 20,
      load: open,
      idleMs: now - Math.max(idleSince, machine.updatedAt),
    },
  ];
}

/** Makes passes while the stand-in runs; none when `passMs` is 0. */
export function keepPassing(cloud: Cloud): void {
  if (cloud.pace.passMs <= 0) return;
  cloud.background.run(async () => {
    for (;;) {
      await cloud.background.sleep(cloud.pace.passMs);
      passOnce(cloud, Date.now());
    }
  });
}
