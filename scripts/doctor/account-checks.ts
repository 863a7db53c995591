import * as z from 'zod';
import { askModels } from '../accounts/anthropic.ts';
import { Refused, Unreachable } from '../accounts/ask.ts';
import { isKeyRefused, readAccount } from '../accounts/twilio.ts';
import { links } from '../setup/links.ts';
import { type Check, type Finding, fail, LeftOut, ok, warn } from './check.ts';
import type { DoctorContext } from './context.ts';

// Checks that the keys for Twilio, the model and Fly work.

const Models = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });
const CONSOLE = `${links.twilioAccount} (“Account Info”)`;

const AWAY = 'Check the network here and the service’s status page.';
const away = (error: unknown): Finding => {
  if (error instanceof Unreachable) return fail(error.message, AWAY);
  if (error instanceof Refused)
    return fail(
      `Twilio answers ${error.status}`,
      'Run this again later; https://status.twilio.com shows whether Twilio has a problem.',
    );
  throw error;
};

async function twilioKey(context: DoctorContext): Promise<Finding> {
  for (const name of ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN']) context.value(name);
  try {
    const account = await readAccount(context.vars);
    if (account === 'wrong') {
      return fail(
        'Twilio refuses TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN',
        `Copy both again from ${CONSOLE}: \`npm run setup -- --change twilio\`.`,
      );
    }
    const { status, isTrial } = account;
    if (status !== 'active')
      return fail(
        `the account is ${status}`,
        `The Twilio Console says why, usually the balance: ${links.twilioAccount}`,
      );
    const { TWILIO_API_KEY_SID: key, TWILIO_API_KEY_SECRET: secret } = context.vars;
    if (key && secret && (await isKeyRefused(context.vars, key, secret))) {
      return fail(
        'Twilio refuses the API key',
        'Create another in the Twilio Console (Account, API keys & tokens), or remove both TWILIO_API_KEY_ names from .prod.vars; then run `npm run deploy`.',
      );
    }
    if (isTrial)
      return warn(
        'it works, but the account is on trial',
        `A trial account sends to verified numbers only, 50 WhatsApp messages a day. Upgrade it: ${links.twilioAccount}`,
      );
    return ok('it works, the account is active');
  } catch (error) {
    return away(error);
  }
}

async function modelKey(context: DoctorContext): Promise<Finding> {
  const { ANTHROPIC_API_KEY: key, DEFAULT_MODEL: model } = context.vars;
  if (!key) {
    if (context.vars.ANTHROPIC_API_URL) throw new LeftOut('ANTHROPIC_API_URL names a server that needs no key');
    throw new LeftOut('ANTHROPIC_API_KEY is not set in .prod.vars');
  }
  try {
    const answer = await askModels(context.vars, 1000);
    if (answer.status === 401 || answer.status === 403) {
      return fail(
        'Anthropic refuses ANTHROPIC_API_KEY',
        `Create another at ${links.anthropicKeys}, then run \`npm run setup -- --change model\`.`,
      );
    }
    const models = Models.safeParse(answer.json);
    if (answer.status !== 200 || !models.success)
      return fail(
        `Anthropic answers with status ${answer.status}`,
        'Run this again later; https://status.anthropic.com shows whether Anthropic has a problem.',
      );
    if (model && !models.data.data.some(({ id }) => id === model)) {
      return warn(
        `the key works, but it has no model named ${model} (DEFAULT_MODEL)`,
        'Set DEFAULT_MODEL in .prod.vars to the full name of a model, then run `npm run deploy`.',
      );
    }
    return ok('it works');
  } catch (error) {
    return away(error);
  }
}

async function flyToken(context: DoctorContext): Promise<Finding> {
  const { api } = context.fly();
  const org = context.value('FLY_ORG');
  const answer = await api.apps(org).catch(() => null);
  if (answer === null) return fail('Fly doesn’t answer', AWAY);
  if (answer.kind === 'ok') return ok(`it works for the organisation ${org}`);
  if (answer.kind === 'denied' || answer.kind === 'absent') {
    return fail(
      `Fly refuses FLY_API_TOKEN for the organisation ${org}`,
      `Create another with \`fly tokens create org -o ${org}\`, then run \`npm run setup -- --change machine\`.`,
    );
  }
  return fail(answer.reason, 'Run this again in a minute; https://status.flyio.net shows whether Fly has a problem.');
}

export const accountChecks: readonly Check[] = [
  { name: 'twilio-key', title: 'Twilio key', run: twilioKey },
  { name: 'model-key', title: 'Model key', run: modelKey },
  { name: 'fly-token', title: 'Fly token', run: flyToken },
];
