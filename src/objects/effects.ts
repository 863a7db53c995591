import { deleteContent } from '../channels/twilio/buttons.ts';
import { showTyping } from '../channels/twilio/send.ts';
import { MACHINE_ANSWER_MS } from '../conversation/policy/machine.ts';
import { SEND_TIMEOUT_MS } from '../conversation/policy/outbox.ts';
import type { Effect } from '../conversation/state/events.ts';
import { wakeMachine } from '../machines/client.ts';
import { deleteFiles } from './lanes/attachment-lane.ts';
import type { Hands } from './lanes/lanes.ts';
import { answer, interrupt, steer } from './machine-calls.ts';
import { deliver, reportRun } from './peer-calls.ts';

// Short calls that a decision asks for, made after its commit. A timer makes up for a failure where it matters.

export async function perform(effect: Effect, hands: Hands): Promise<void> {
  const { twilio, media, machineAccess } = hands.settings();
  switch (effect.do) {
    case 'typing':
      return showTyping(twilio, effect.messageId, SEND_TIMEOUT_MS);
    case 'wake-machine':
      return wakeMachine(await machineAccess(hands.worldNow()), MACHINE_ANSWER_MS);
    case 'forget-content':
      return deleteContent(twilio, effect.content, SEND_TIMEOUT_MS);
    case 'delete-media':
      return deleteFiles(media, effect, hands.apply);
    case 'deliver':
      return deliver(effect, hands);
    case 'report':
      return reportRun(effect, hands);
    case 'answer':
      return answer(await machineAccess(hands.worldNow()), effect, hands.apply);
    case 'interrupt':
      return interrupt(await machineAccess(hands.worldNow()), effect, hands.report);
    case 'steer':
      return steer(await machineAccess(hands.worldNow()), effect, hands.apply);
  }
}
