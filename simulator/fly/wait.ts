import { findMachine } from './cloud.ts';
import { refusals } from './refusals.ts';
import { ok, type Route } from './route.ts';
import { isSettled } from './transitions.ts';

// GET …/wait: answers when the machine reaches a state, or 408 on time-out. The caller's time-out is in real seconds.

const STATES = ['started', 'stopped', 'suspended', 'destroyed', 'failed', 'settled'];
const LONGEST_S = 60;

export const waitRoute: Route = {
  method: 'GET',
  path: '/apps/:app/machines/:machine/wait',
  action: 'machine.wait',
  query: ['state', 'timeout', 'instance_id', 'version', 'from_event_id'],
  async handle(cloud, { app, machine: id, query }) {
    const machine = findMachine(cloud, app, id);
    const given = query.getAll('state').flatMap((value) => value.split(','));
    const wanted = given.length === 0 ? ['started'] : given;
    const unknown = wanted.find((state) => !STATES.includes(state));
    if (unknown !== undefined) throw refusals.badRequest(`state ${unknown} cannot be waited for`);
    const seconds = Number(query.get('timeout') ?? LONGEST_S);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_S) {
      throw refusals.badRequest('timeout must be from 1 to 60 seconds');
    }
    const version = query.get('version') ?? query.get('instance_id');
    if (wanted.includes('stopped') && version === null) {
      throw refusals.badRequest('instance_id is required when waiting for stopped');
    }
    if (version !== null && !machine.versions.some((known) => known.version === version)) {
      throw refusals.badRequest('the machine has no such version');
    }
    const reached = (): boolean =>
      (version === null || version === machine.version) &&
      (wanted.includes(machine.state) || (wanted.includes('settled') && isSettled(machine.state)));
    await cloud.history.until(reached, seconds * 1000, 'wait').catch(() => {
      throw refusals.notInTime(wanted.join(','), machine.state);
    });
    return ok({ ok: true, state: machine.state, version: machine.version, event_id: machine.events[0]?.id ?? '' });
  },
};
