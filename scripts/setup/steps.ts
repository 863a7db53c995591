import type { Step } from './step.ts';
import { cloudflareStep, modelStep, numberStep, peopleStep, twilioStep } from './steps-accounts.ts';
import { agentServerStep, agentSettingsStep } from './steps-agent-server.ts';
import { agreementStep } from './steps-agreement.ts';
import { helloStep } from './steps-hello.ts';
import { imageChoiceStep, imageStep, keysStep, machineStep } from './steps-machine.ts';
import { templateStep, templateWishStep, webhookStep } from './steps-phone.ts';
import { bucketsStep, relayStep } from './steps-relay.ts';
import { channelsStep, telegramHelloStep, telegramStep, telegramWebhookStep } from './steps-telegram.ts';

/** The steps that create things elsewhere. Webhooks come last, because a channel should only call a relay that answers. */
const CREATING: readonly Step[] = [
  imageStep,
  templateStep,
  bucketsStep,
  relayStep,
  webhookStep,
  telegramWebhookStep,
  helloStep,
  telegramHelloStep,
];

/** The order: all questions, the costs and a yes, then everything that is created. */
export const STEPS: readonly Step[] = [
  channelsStep,
  twilioStep,
  numberStep,
  telegramStep,
  peopleStep,
  modelStep,
  cloudflareStep,
  keysStep,
  machineStep,
  imageChoiceStep,
  agentSettingsStep,
  agentServerStep,
  templateWishStep,
  agreementStep(CREATING),
  ...CREATING,
];
