import type { Step } from './step.ts';
import { cloudflareStep, modelStep, numberStep, peopleStep, twilioStep } from './steps-accounts.ts';
import { agentServerStep, agentSettingsStep } from './steps-agent-server.ts';
import { agreementStep } from './steps-agreement.ts';
import { helloStep } from './steps-hello.ts';
import { imageChoiceStep, imageStep, keysStep, machineStep } from './steps-machine.ts';
import { templateStep, templateWishStep, webhookStep } from './steps-phone.ts';
import { bucketsStep, relayStep } from './steps-relay.ts';

/** What is made outside this computer; Twilio only calls a relay that answers. */
const CREATING: readonly Step[] = [imageStep, templateStep, bucketsStep, relayStep, webhookStep, helloStep];

/** In this order: everything that is asked, what it costs and a yes, then what is created. */
export const STEPS: readonly Step[] = [
  twilioStep,
  numberStep,
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
