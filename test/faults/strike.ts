import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { killPointLine } from './kill-points.ts';
import type { Kill } from './plan.ts';
import type { FaultWorld } from './world.ts';

// Strikes the processes of a world and brings them back: SIGKILL, their host, a stop of many seconds, the loss of the
// disk, or the loss of all connections between them.

const FULL_MS = 6_000;
/** The heartbeat alone comes past within five seconds. */
const INSIDE_WITHIN_MS = 6_000;
const LOOK_EVERY_MS = 50;
let armedSoFar = 0;

export type Struck = {
  /** All processes to kill are dead: the rows on the disk are final. */
  gone: () => void;
  /** Held calls may continue before anything is back. */
  releaseFirst: boolean;
  /** How long a stopped machine stands still. */
  stoppedMs: number;
};

/**
 * Resolves with whether the process reached the point and stands still. Nothing that passes the point may be on its
 * way.
 */
export async function standsStill(world: FaultWorld, kill: Kill, inside: string): Promise<boolean> {
  const victim = kill === 'machine' || kill === 'disk lost' ? world.machine : world.relay;
  const armed = `${inside}#${++armedSoFar}`;
  await victim.arm(armed).catch(() => undefined);
  world.holds.release();
  const deadline = Date.now() + INSIDE_WITHIN_MS;
  while (Date.now() < deadline) {
    if (victim.log.includes(killPointLine(armed))) return true;
    await pause(LOOK_EVERY_MS);
  }
  return false;
}

/** Resolves when everything is back. */
export async function strike(world: FaultWorld, kill: Kill, { gone, releaseFirst, stoppedMs }: Struck): Promise<void> {
  const { relay, machine, holds, counter } = world;
  const between = (): void => {
    gone();
    if (releaseFirst || kill === 'full') holds.release();
  };
  switch (kill) {
    case 'none':
      break;
    case 'cut':
      world.cut();
      between();
      break;
    case 'restarted':
      // It ends by itself only if nothing holds it.
      holds.release();
      await machine.end();
      between();
      await machine.start();
      break;
    case 'stopped':
      machine.pause();
      between();
      await pause(stoppedMs);
      machine.goOn();
      break;
    case 'disk lost':
      await machine.kill();
      await machine.loseDisk();
      appendFileSync(counter, 'lost\n');
      between();
      await machine.start();
      break;
    case 'full':
      await machine.fill(true);
      between();
      await pause(FULL_MS);
      await machine.fill(false);
      break;
    case 'relay':
    case 'machine':
    case 'both': {
      const victims = [...(kill === 'machine' ? [] : [relay]), ...(kill === 'relay' ? [] : [machine])];
      await Promise.all(victims.map((victim) => victim.kill()));
      between();
      await Promise.all(victims.map((victim) => victim.start()));
    }
  }
}
