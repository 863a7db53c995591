import type { Cloud } from './cloud.ts';
import { pullPlug, remove } from './lifecycle.ts';
import type { MachineRecord } from './store.ts';
import { erase } from './volumes.ts';

// Events that nobody requested: a lost host, a machine removed by hand.

const ofApp = (cloud: Cloud, app: string): MachineRecord[] =>
  cloud.store.machines.filter((machine) => machine.app === app && !['destroying', 'destroyed'].includes(machine.state));

/** Stops the app's machines where they are, and their volumes too: unreachable for a while, or gone. */
export async function loseHost(cloud: Cloud, app: string, volumes: 'unreachable' | 'gone'): Promise<void> {
  for (const machine of ofApp(cloud, app)) {
    machine.hostStatus = 'unreachable';
    const program = cloud.running.get(machine.id);
    if (program) await pullPlug(program);
    cloud.history.changed({ kind: 'machine', id: machine.id, app, from: machine.state, to: 'host lost' });
    const own = cloud.store.volumes.filter((volume) => volume.machine === machine.id);
    for (const volume of own) {
      if (volumes === 'gone') erase(cloud, volume);
      else volume.hostStatus = 'unreachable';
    }
  }
  cloud.store.save();
}

/** Brings the host back with everything on it, as after an outage. */
export function recoverHost(cloud: Cloud, app: string): void {
  for (const machine of ofApp(cloud, app)) {
    if (machine.hostStatus === 'ok') continue;
    machine.hostStatus = 'ok';
    const from = machine.state;
    machine.state = 'stopped';
    cloud.history.changed({ kind: 'machine', id: machine.id, app, from, to: 'stopped' });
  }
  for (const volume of cloud.store.volumes) if (volume.app === app) volume.hostStatus = 'ok';
  cloud.store.save();
}

/** Somebody else destroys the app's machines; the volumes stay. */
export async function destroyMachine(cloud: Cloud, app: string): Promise<void> {
  for (const machine of ofApp(cloud, app)) await remove(cloud, machine);
}

/** Kills the program with SIGKILL; the restart policy decides what happens next. */
export function killProgram(cloud: Cloud, app: string): void {
  for (const machine of ofApp(cloud, app)) cloud.running.get(machine.id)?.kill();
}
