import { SEND_TIMEOUT_MS } from '../conversation/policy/outbox.ts';
import type { Effect } from '../conversation/state/events.ts';
import { reasonOf } from '../log.ts';
import { performTellRepositories, performWish } from './directory-calls.ts';
import { performListRepositories, performLookUp, performPollDevice, performRevoke } from './git-host-calls.ts';
import { performTellUses } from './git-uses.ts';
import { performAskHost } from './host-calls.ts';
import { deleteFiles } from './lanes/inbound-file-lane.ts';
import type { LaneContext } from './lanes/lane-context.ts';
import { performAnswer, performInterrupt, performStartAgent, performSteer } from './machine-calls.ts';
import { performCallOff } from './merge-calls.ts';
import { performAskRecipients, performDeliver, performLead, performLetGo, performReport } from './peer-calls.ts';
import { sendToStranger } from './stranger-text.ts';

// Short calls that a decision asks for, made after its commit. Where a failure matters, a timer repeats the call.

export async function perform(effect: Effect, context: LaneContext): Promise<void> {
  const { carrierOf, ownerOf, machineAccess } = context.services();
  switch (effect.do) {
    case 'typing':
      return carrierOf(effect.to).showTyping(effect.to, effect.messageId, SEND_TIMEOUT_MS, effect.thread);
    case 'draft':
      return carrierOf(effect.to).showDraft(effect.to, effect.turn, effect.words, SEND_TIMEOUT_MS, effect.thread);
    case 'start-agent':
      return performStartAgent(await machineAccess(context.realNow()), context);
    case 'forget-content':
      return carrierOf(effect.to).forgetChoices(effect.content, SEND_TIMEOUT_MS);
    case 'return-lease':
      return performReturn(effect.total, context);
    case 'tell-git-uses':
      return performTellUses(context);
    case 'delete-media':
      return deleteFiles(ownerOf, effect, context.apply);
    case 'lead':
      return performLead(effect, context);
    case 'call-off-merge':
      return performCallOff(effect, context);
    case 'let-go':
      return performLetGo(effect, context);
    case 'say-last':
      return sendToStranger(carrierOf(effect.to), effect);
    case 'deliver':
      return performDeliver(effect, context);
    case 'report':
      return performReport(effect, context);
    case 'wish':
      return performWish(effect.ref, context);
    case 'ask-recipients':
      return performAskRecipients(effect, context);
    case 'poll-device':
      return performPollDevice(effect.id, context);
    case 'look-up':
      return performLookUp(effect.ref, context);
    case 'list-repositories':
      return performListRepositories(context);
    case 'revoke':
      return performRevoke(effect, context);
    case 'ask-host':
      return performAskHost(effect, context);
    case 'tell-repositories':
      return performTellRepositories(context);
    case 'empty':
      context.apply({ type: 'emptied', ...context.emptyTexts(effect.before) });
      return;
    case 'answer':
      return performAnswer(await machineAccess(context.realNow()), effect, context.apply);
    case 'interrupt':
      return performInterrupt(await machineAccess(context.realNow()), effect, context.report);
    case 'steer':
      return performSteer(await machineAccess(context.realNow()), effect, context.apply);
  }
}

/** The directory asks for it itself when this fails. */
async function performReturn(total: number, { services, report }: LaneContext): Promise<void> {
  try {
    await services().lease({ total, reserved: 0, wants: false });
  } catch (error) {
    report({ level: 'warn', event: 'lease-not-returned', reason: reasonOf(error) });
  }
}
