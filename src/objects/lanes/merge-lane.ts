import { goingOf, waitingAt, wantsMerge } from '../../conversation/access/merge.ts';
import { MACHINE_ANSWER_MS } from '../../conversation/policy/machine.ts';
import type { MergeOutcome } from '../../conversation/state/merge-events.ts';
import type { Going } from '../../conversation/state/merging.ts';
import { addressesOfPerson } from '../../conversation/state/person.ts';
import { broughtRoleOf, isIn } from '../../conversation/state/standing.ts';
import { reasonOf } from '../../log.ts';
import { forgetConversation } from '../../machines/client.ts';
import { copyPrefix, deletePrefixes, folderPrefixOf, sessionPrefixOf } from '../backup-bucket.ts';
import { handedOver } from '../merge-calls.ts';
import type { LaneContext } from './lane-context.ts';

// The lane of a home that goes into another one. It keeps no state: each call may be repeated, and its outcome is
// committed before the next.

/** Runs until the job has to wait, or is over. */
export async function runMergeLane(context: LaneContext): Promise<void> {
  for (let state = context.load(); wantsMerge(state, context.now()); state = context.load()) {
    const going = goingOf(state);
    if (going === null) return;
    const outcome = await takeStep(context, going).catch(
      (error: unknown): MergeOutcome => ({ kind: 'later', reason: reasonOf(error) }),
    );
    if (going.step === 'leave' && outcome.kind === 'done') {
      const { leads, since, with: home } = goingOf(context.load()) ?? going;
      context.merge.leave(leads ? { home, epoch: since } : null);
      return;
    }
    context.apply({ type: 'merge-step', op: going.op, step: going.step, outcome });
  }
}

function takeStep(context: LaneContext, going: Going): Promise<MergeOutcome> {
  switch (going.step) {
    case 'wait':
    case 'freeze':
      return freeze(context, going);
    case 'copy':
      return copyBackups(context, going);
    case 'switch':
      return handOver(context, going);
    case 'empty':
      return empty(context, going);
    case 'leave':
      return leave(context);
  }
}

/** Asks the elder home to freeze, or to stay so. */
async function freeze({ load, services, merge }: LaneContext, { op, with: home }: Going): Promise<MergeOutcome> {
  // A person who may no longer write brings nothing over.
  if (!isIn(load(), services())) return { kind: 'gone' };
  const role = broughtRoleOf(load(), services());
  const frozen = await services().home(home).freezeForMerge({ op, role, projects: merge.projects() });
  return frozen.kind === 'frozen' ? { kind: 'done', projects: frozen.projects } : { kind: frozen.kind };
}

/** The backups of one project or session at a time. The cursor counts them. */
async function copyBackups(context: LaneContext, going: Going): Promise<MergeOutcome> {
  const { archive, id } = context.services();
  const at = Number(going.cursor ?? 0);
  const backup = context.merge.backups()[at];
  const frozen = await freeze(context, going);
  if (frozen.kind !== 'done') return frozen;
  if (backup === undefined || archive === null) return { kind: 'done' };
  const [from, to] =
    backup.kind === 'session'
      ? [sessionPrefixOf(id, backup.id), sessionPrefixOf(going.with, backup.id)]
      : [folderOf(id, backup.id), folderOf(going.with, going.projects[backup.id] ?? backup.id)];
  await copyPrefix(archive, from, to);
  return { kind: 'more', cursor: `${at + 1}` };
}

const folderOf = (home: string, project: string): string => folderPrefixOf(home, `projects/${project}`);

/** The rows in parts, and at last the addresses and the texts that came meanwhile. */
async function handOver({ services, merge, load, realNow }: LaneContext, going: Going): Promise<MergeOutcome> {
  const home = services().home(going.with);
  const part = merge.read(going.cursor);
  if (part.cursor !== null) {
    const taken = part.rows.length === 0 ? 'taken' : await home.takeMergePart(going.op, part);
    return taken === 'taken' ? { kind: 'more', cursor: part.cursor } : { kind: 'gone' };
  }
  const state = load();
  const ended = await home.endMerge(handedOver(state, going.op, realNow()));
  return ended ? { kind: 'done', handed: waitingAt(state) } : { kind: 'gone' };
}

/** The person is at the other home: their other addresses lead there, and nothing else knows of this one. */
async function empty(context: LaneContext, { op, with: home }: Going): Promise<MergeOutcome> {
  const state = context.load();
  const { leadFrom, mergeInDirectory, archive, outgoing, overview, id } = context.services();
  await context.services().home(home).settleMerge(op);
  for (const address of addressesOfPerson(state).slice(1)) await leadFrom(address, home, context.realNow());
  await mergeInDirectory({ into: home, op, total: state.conversation.spending.total });
  if (archive) await deletePrefixes(archive, [`sessions/${id}/`, `people/${id}/`, `projects/${id}/`]);
  if (outgoing.bucket) await deletePrefixes(outgoing.bucket, [`exports/${id}/`]);
  // Last, because a telling may have been under way.
  await overview?.forget();
  context.merge.empty();
  return { kind: 'done' };
}

/** The machine goes with its disk, and the files whose links have expired by now. */
async function leave(context: LaneContext): Promise<MergeOutcome> {
  const services = context.services();
  const { machine, timers } = context.load();
  if (timers.some(({ kind }) => kind === 'alert')) return { kind: 'later', reason: 'an alert isn’t told yet' };
  if (machine !== null) {
    await services.provider.release(machine);
    await services.provider.destroy(machine);
  } else if (!services.policy.makesMachines) {
    const answer = await forgetConversation(await services.machineAccess(context.realNow()), MACHINE_ANSWER_MS);
    if (answer.kind !== 'forgotten') return { kind: 'later', reason: answer.reason };
  }
  if (services.outgoing.bucket) await deletePrefixes(services.outgoing.bucket, [services.outgoing.keyOf('')]);
  return { kind: 'done' };
}
