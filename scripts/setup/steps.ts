import type { Step } from './step.ts';
import { cloudflareStep, modelStep, numberStep, peopleStep, twilioStep } from './steps-accounts.ts';
import { imageStep, keysStep, machineStep } from './steps-machine.ts';
import { helloStep, templateStep, webhookStep } from './steps-phone.ts';
import { bucketsStep, relayStep } from './steps-relay.ts';

/** In this order: what is asked first, then what takes time, and Twilio only calls a relay that answers. */
export const STEPS: readonly Step[] = [
  twilioStep,
  numberStep,
  peopleStep,
  modelStep,
  cloudflareStep,
  keysStep,
  machineStep,
  imageStep,
  templateStep,
  bucketsStep,
  relayStep,
  webhookStep,
  helloStep,
];
