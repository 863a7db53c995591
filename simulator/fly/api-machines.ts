import { leased } from './api-leases.ts';
import { findApp, findMachine } from './cloud.ts';
import { stopSignal } from './config-schema.ts';
import { execRoute } from './exec.ts';
import * as machines from './machines.ts';
import { refusals } from './refusals.ts';
import { bodyAs, createMachine, restartTimeout, signalMachine, stopMachine, updateMachine } from './request-schemas.ts';
import { changeable, DONE, ok, type Route } from './route.ts';
import type { MachineRecord } from './store.ts';
import { machineSummary, machineView, versionsView } from './views.ts';
import { waitRoute } from './wait.ts';

// The machine routes of the Machines API: reading machines, and requests that change them.

const MACHINE = '/apps/:app/machines/:machine';

const started = (previous: string) => ok({ previous_state: previous, migrated: false, new_host: '' });

function isWanted(machine: MachineRecord, query: URLSearchParams): boolean {
  if (machine.state === 'destroyed' && !query.has('include_deleted')) return false;
  const region = query.get('region');
  if (region && machine.region !== region) return false;
  const states = query.get('state')?.split(',');
  if (states && !states.includes(machine.state)) return false;
  return [...query]
    .filter(([name]) => name.startsWith('metadata.'))
    .every(([name, value]) => machine.config.metadata?.[name.slice('metadata.'.length)] === value);
}

export const machineRoutes: Route[] = [
  {
    method: 'GET',
    path: '/apps/:app/machines',
    action: 'machine.list',
    query: ['include_deleted', 'region', 'state', 'summary', 'metadata.'],
    handle(cloud, { app, query }) {
      findApp(cloud, app);
      const wanted = cloud.store.machines.filter((machine) => machine.app === app && isWanted(machine, query));
      const isShort = query.get('summary') === 'true';
      return ok(wanted.map((machine) => (isShort ? machineSummary(machine) : machineView(cloud, machine))));
    },
  },
  {
    method: 'POST',
    path: '/apps/:app/machines',
    action: 'machine.create',
    async handle(cloud, { app, body }) {
      findApp(cloud, app);
      const wanted = bodyAs(createMachine, body);
      const machine = machines.create(cloud, app, wanted);
      const nonce = leased(cloud, machine, wanted.lease_ttl);
      const answer = machineView(cloud, machine);
      await cloud.background.sleep(cloud.pace.createMs);
      return ok({ ...answer, ...nonce });
    },
  },
  {
    method: 'GET',
    path: MACHINE,
    action: 'machine.get',
    handle: (cloud, { app, machine }) => ok(machineView(cloud, findMachine(cloud, app, machine))),
  },
  {
    method: 'POST',
    path: MACHINE,
    action: 'machine.update',
    async handle(cloud, call) {
      const machine = changeable(cloud, call);
      const wanted = bodyAs(updateMachine, call.body);
      machines.update(cloud, machine, wanted);
      const nonce = leased(cloud, machine, wanted.lease_ttl);
      await cloud.background.sleep(cloud.pace.createMs);
      return ok({ ...machineView(cloud, machine), ...nonce });
    },
  },
  {
    method: 'DELETE',
    path: MACHINE,
    action: 'machine.delete',
    // `kill` is the former name, which a current client still sends.
    query: ['force', 'kill'],
    handle(cloud, call) {
      const force = call.query.get('force') ?? call.query.get('kill');
      machines.destroy(cloud, changeable(cloud, call), force === 'true');
      return DONE;
    },
  },
  {
    method: 'POST',
    path: `${MACHINE}/start`,
    action: 'machine.start',
    handle(cloud, call) {
      const machine = changeable(cloud, call);
      const previous = machine.state;
      machines.start(cloud, machine, 'user');
      return started(previous);
    },
  },
  {
    method: 'POST',
    path: `${MACHINE}/stop`,
    action: 'machine.stop',
    handle(cloud, call) {
      machines.stop(cloud, changeable(cloud, call), 'user', bodyAs(stopMachine, call.body));
      return DONE;
    },
  },
  {
    method: 'POST',
    path: `${MACHINE}/suspend`,
    action: 'machine.suspend',
    handle(cloud, call) {
      machines.suspend(cloud, changeable(cloud, call), 'user');
      return DONE;
    },
  },
  {
    method: 'POST',
    path: `${MACHINE}/restart`,
    action: 'machine.restart',
    query: ['timeout', 'signal', 'force_stop'],
    handle(cloud, call) {
      const signal = stopSignal.optional().safeParse(call.query.get('signal') ?? undefined);
      if (!signal.success) throw refusals.badRequest('signal must be one of the documented signals');
      const timeout = call.query.get('timeout');
      machines.restart(cloud, changeable(cloud, call), {
        signal: signal.data,
        timeout: timeout === null ? undefined : restartTimeout(timeout),
      });
      return DONE;
    },
  },
  {
    method: 'POST',
    path: `${MACHINE}/signal`,
    action: 'machine.signal',
    handle(cloud, call) {
      const machine = changeable(cloud, call);
      const { signal } = bodyAs(signalMachine, call.body);
      const program = cloud.running.get(machine.id);
      if (!program || machine.state !== 'started') throw refusals.illegal('signal', machine.state);
      program.signal(signal);
      return DONE;
    },
  },
  ...(['cordon', 'uncordon'] as const).map(
    (what): Route => ({
      method: 'POST',
      path: `${MACHINE}/${what}`,
      action: `machine.${what}`,
      handle(cloud, call) {
        changeable(cloud, call).isCordoned = what === 'cordon';
        cloud.store.save();
        return DONE;
      },
    }),
  ),
  {
    method: 'GET',
    path: `${MACHINE}/events`,
    action: 'machine.events',
    query: ['limit'],
    handle(cloud, { app, machine, query }) {
      const limit = Number(query.get('limit') ?? 20);
      if (!Number.isInteger(limit) || limit < 1 || limit > 50) throw refusals.badRequest('limit must be from 1 to 50');
      return ok(findMachine(cloud, app, machine).events.slice(0, limit));
    },
  },
  {
    method: 'GET',
    path: `${MACHINE}/versions`,
    action: 'machine.versions',
    handle: (cloud, { app, machine }) => ok(versionsView(findMachine(cloud, app, machine))),
  },
  waitRoute,
  execRoute,
];
