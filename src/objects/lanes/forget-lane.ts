import { MACHINE_ANSWER_MS } from '../../conversation/policy/machine.ts';
import { SEND_TIMEOUT_MS } from '../../conversation/policy/outbox.ts';
import { wantsForget } from '../../conversation/privacy/forget.ts';
import type { ForgetOutcome, Forgetting } from '../../conversation/state/forgetting.ts';
import { addressesOfPerson } from '../../conversation/state/person.ts';
import { reasonOf } from '../../log.ts';
import { forgetConversation } from '../../machines/client.ts';
import { deletePrefixes } from '../backup-bucket.ts';
import { exportKeyOf } from '../export-collect.ts';
import type { Services } from '../services.ts';
import type { LaneContext } from './lane-context.ts';

// The lane that deletes everything kept about a person outside the rows, and at last the rows. It keeps no state: each
// call may be repeated, and its outcome is committed before the next.

/** Each deletion at the carrier is a call of its own. */
const CARRIER_AT_ONCE = 10;

/** Runs until the deletion has to wait, or is over. */
export async function runForgetLane(context: LaneContext): Promise<void> {
  for (let state = context.load(); wantsForget(state, context.now()); state = context.load()) {
    const { forgetting } = state.conversation;
    if (forgetting === null) return;
    const outcome = await takeStep(context, forgetting).catch(
      (error: unknown): ForgetOutcome => ({ kind: 'later', reason: reasonOf(error) }),
    );
    if (forgetting.step === 'rows' && outcome.kind === 'done') {
      context.tombstone().forgetRows();
      return;
    }
    context.apply({ type: 'forget-step', step: forgetting.step, outcome });
  }
}

async function takeStep(context: LaneContext, { id, step, cursor }: Forgetting): Promise<ForgetOutcome> {
  const services = context.services();
  switch (step) {
    case 'machine':
      return forgetMachine(context, services);
    case 'copies':
      await abortExport(context, services);
      await deleteCopies(services);
      return { kind: 'done' };
    case 'rows':
      // A copy that was under way may have come after the step `copies`, and a call to the provider after `machine`.
      if (context.load().machine !== null) await forgetMachine(context, services);
      await deleteCopies(services);
      for (const address of addressesOfPerson(context.load()).slice(1))
        await services.letGo(address, context.tombstone().marks());
      // Last, because a telling may have been under way.
      await services.overview?.forget();
      return { kind: 'done' };
    case 'carrier':
      return forgetAtCarrier(context, services, cursor);
    case 'directory':
      await services.forgetInDirectory({
        addresses: addressesOfPerson(context.load()),
        op: id,
        total: context.load().conversation.spending?.total ?? 0,
      });
      return { kind: 'done' };
    case 'notice':
    case 'farewell':
      return { kind: 'done' };
  }
}

/** A machine of the person's own is destroyed with its disk. A shared one deletes what it keeps of the conversation. */
async function forgetMachine(context: LaneContext, services: Services): Promise<ForgetOutcome> {
  const { machine } = context.load();
  if (machine !== null) {
    await services.provider.destroy(machine);
    return { kind: 'done' };
  }
  if (services.policy.makesMachines) return { kind: 'done' };
  const answer = await forgetConversation(await services.machineAccess(context.realNow()), MACHINE_ANSWER_MS);
  return answer.kind === 'forgotten' ? { kind: 'done' } : { kind: 'later', reason: answer.reason };
}

/** Parts that were uploaded of a copy are in no list. */
async function abortExport(context: LaneContext, { id, outgoing }: Services): Promise<void> {
  const { exporting } = context.load().conversation;
  if (exporting?.upload == null || outgoing.bucket === null) return;
  const upload = outgoing.bucket.resumeMultipartUpload(exportKeyOf(id, exporting.id), exporting.upload);
  // An earlier call may have completed or aborted the upload.
  await upload.abort().catch(() => undefined);
}

async function deleteCopies({ id, archive, outgoing }: Services): Promise<void> {
  if (archive) await deletePrefixes(archive, [`sessions/${id}/`, `people/${id}/`, `projects/${id}/`]);
  if (outgoing.bucket) await deletePrefixes(outgoing.bucket, [outgoing.keyOf(''), `exports/${id}/`]);
}

async function forgetAtCarrier(
  context: LaneContext,
  services: Services,
  cursor: string | null,
): Promise<ForgetOutcome> {
  const messages = context.carrierMessages(cursor, CARRIER_AT_ONCE);
  const last = messages.at(-1);
  if (!last) return { kind: 'done' };
  let left = 0;
  for (const { sid, media } of messages) {
    for (const url of media) await services.ownerOf(url).deleteFile(url, SEND_TIMEOUT_MS);
    const deleted = await services.ownerOf(sid).deleteMessage(sid, SEND_TIMEOUT_MS);
    if (deleted === 'later') return { kind: 'later', reason: 'Twilio deletes nothing now' };
    if (deleted === 'kept') left += 1;
  }
  return { kind: 'more', cursor: last.cursor, left };
}
