import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../scripts/local/ports.ts';
import type { Cloud } from './cloud.ts';
import { milliseconds } from './duration.ts';
import { machineEnvironment, marksOf } from './machine-environment.ts';
import { newEvent } from './machine-events.ts';
import { type Exit, type MachineProcess, startProcess } from './machine-process.ts';
import type { MachineRecord } from './store.ts';
import { follows, type MachineCommand, type MachineOutcome, type MachineState } from './transitions.ts';

// Moves a machine from one state to the next: what takes time, the program's start and end, the restart policy. Refuses
// nothing; machines.ts does. Work in progress ends with the process.

/** Takes the machine over: the remaining work of an earlier command is cancelled. */
export function takeOver(cloud: Cloud, machine: MachineRecord): () => boolean {
  const turn = (cloud.turns.get(machine.id) ?? 0) + 1;
  cloud.turns.set(machine.id, turn);
  return () => cloud.turns.get(machine.id) === turn;
}

/** The next state. A transition missing in the tables is a defect of the stand-in and ends it. */
export function move(
  cloud: Cloud,
  machine: MachineRecord,
  on: MachineCommand | MachineOutcome,
  event: Parameters<typeof newEvent>[0] | null = null,
): void {
  const to = follows(machine.state, on);
  if (to === null) throw new Error(`No '${on}' in state '${machine.state}'.`);
  const from: MachineState = machine.state;
  machine.state = to;
  machine.updatedAt = Date.now();
  if (event) machine.events.unshift(newEvent(event));
  machine.events.splice(50);
  cloud.store.save();
  cloud.history.changed({ kind: 'machine', id: machine.id, app: machine.app, from, to });
}

/** From `starting` to `started`: waits as long as the platform does, then runs the program. */
export async function bringUp(cloud: Cloud, machine: MachineRecord, isMine: () => boolean): Promise<void> {
  await cloud.background.sleep(cloud.pace.startMs);
  if (!isMine()) return;
  // The image may have changed since the machine was created, and the host may be lost.
  if (machine.hostStatus !== 'ok' || !cloud.options.images[machine.config.image])
    return move(cloud, machine, 'error', { type: 'start', status: 'failed', source: 'flyd' });
  move(cloud, machine, 'success', { type: 'start', status: 'started', source: 'flyd' });
  if (cloud.pace.bootMs > 0) await cloud.background.sleep(cloud.pace.bootMs);
  if (isMine()) await run(cloud, machine, isMine);
}

async function run(cloud: Cloud, machine: MachineRecord, isMine: () => boolean): Promise<void> {
  const { options, store, running, history } = cloud;
  const image = options.images[machine.config.image];
  if (!image) return;
  const port = await freePort();
  if (!isMine() || cloud.background.signal.aborted) return;
  const [mount] = machine.config.mounts ?? [];
  const place = {
    volume: mount ? store.volumeFolder(mount.volume) : null,
    scratch: store.scratchFolder(machine.id),
    port,
  };
  // Every start has a new root file system.
  rmSync(place.scratch, { recursive: true, force: true });
  for (const folder of ['home', 'tmp']) mkdirSync(join(place.scratch, folder), { recursive: true });
  const env = machineEnvironment(machine, image, options.env ?? {}, place);
  if (env.HOME) mkdirSync(env.HOME, { recursive: true });
  const program = startProcess({ ...image, env }, port, marksOf(machine, place), {
    line: (line) => options.log?.(`${machine.app} ${machine.id} | ${line}`),
    listening: () => history.touch(),
  });
  running.set(machine.id, program);
  cloud.background.run(async () => {
    const exit = await program.exited;
    if (running.get(machine.id) === program) running.delete(machine.id);
    history.touch();
    // The command that ended the program continues in another state; a lost host reports nothing.
    const byItself = machine.state === 'started' && machine.hostStatus === 'ok';
    if (byItself && !cloud.background.signal.aborted) await afterExit(cloud, machine, exit);
  });
}

/** The program ended by itself: the restart policy decides. */
async function afterExit(cloud: Cloud, machine: MachineRecord, exit: Exit): Promise<void> {
  const policy = machine.config.restart?.policy ?? 'on-failure';
  const wantsRestart =
    policy === 'always' ||
    (policy === 'on-failure' && exit.code !== 0 && machine.retries < (machine.config.restart?.max_retries ?? 10));
  const event = exitEvent(exit, false, wantsRestart);
  const isMine = takeOver(cloud, machine);
  if (wantsRestart) {
    machine.retries += 1;
    move(cloud, machine, 'restart', event);
    await cloud.background.sleep(cloud.pace.restartMs);
    if (!isMine()) return;
    move(cloud, machine, 'begin restart', { type: 'restart', status: 'starting', source: 'flyd' });
    return bringUp(cloud, machine, isMine);
  }
  move(cloud, machine, 'exit', event);
  if (machine.config.auto_destroy) await remove(cloud, machine);
}

export const exitEvent = (exit: Exit | null, requested: boolean, restarting: boolean) => ({
  type: 'exit',
  status: 'stopped',
  source: 'flyd' as const,
  request: {
    exit_event: {
      requested_stop: requested,
      restarting,
      exit_code: exit?.code ?? 0,
      guest_exit_code: exit?.code ?? 0,
      oom_killed: false,
      exited_at: new Date().toISOString(),
    },
    restart_count: 0,
  },
});

/** Ends the program: by signal, then by force after the time-out. Resolves with its exit, or null when none ran. */
export async function halt(
  cloud: Cloud,
  machine: MachineRecord,
  signal: NodeJS.Signals,
  timeout: string | number,
): Promise<Exit | null> {
  const program = cloud.running.get(machine.id);
  if (!program) return null;
  program.signal(signal);
  await Promise.race([program.exited, cloud.background.sleep(milliseconds(timeout) / cloud.pace.scale)]);
  return pullPlug(program);
}

export function pullPlug(program: MachineProcess): Promise<Exit> {
  program.kill();
  return program.exited;
}

/** Removes the machine and releases its volume. */
export async function remove(cloud: Cloud, machine: MachineRecord): Promise<void> {
  takeOver(cloud, machine);
  move(cloud, machine, 'destroy', { type: 'destroy', status: 'destroying', source: 'user' });
  const program = cloud.running.get(machine.id);
  if (program) await pullPlug(program);
  await cloud.background.sleep(cloud.pace.deleteMs);
  for (const volume of cloud.store.volumes) if (volume.machine === machine.id) volume.machine = null;
  rmSync(cloud.store.scratchFolder(machine.id), { recursive: true, force: true });
  move(cloud, machine, 'success', { type: 'destroy', status: 'destroyed', source: 'flyd' });
}
