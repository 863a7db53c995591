import * as z from 'zod';
import { askModels } from '../accounts/anthropic.ts';
import { Refused, Unreachable } from '../accounts/ask.ts';
import { isKeyRefused, readAccount } from '../accounts/twilio.ts';
import { type Check, type Finding, fail, LeftOut, ok, warn } from './check.ts';
import type { World } from './world.ts';

// Whether the keys work: Twilio’s, the model’s, Fly’s.

const Models = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });
const CONSOLE = 'console.twilio.com, “Account Info” on the first page';

const AWAY = 'Look at the network here and at the service’s status page.';
const away = (error: unknown): Finding => {
  if (error instanceof Unreachable) return fail(error.message, AWAY);
  if (error instanceof Refused)
    return fail(`Twilio answers ${error.status}`, 'Run this again later; status.twilio.com says whether it is them.');
  throw error;
};

async function twilioKey(world: World): Promise<Finding> {
  for (const name of ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN']) world.value(name);
  try {
    const account = await readAccount(world.vars);
    if (account === 'wrong') {
      return fail(
        'Twilio refuses TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN',
        `Copy both again from ${CONSOLE}: \`npm run setup\`, then \`npm run deploy\`.`,
      );
    }
    const { status, isTrial } = account;
    if (status !== 'active')
      return fail(`the account is ${status}`, 'Look into the Twilio console why: usually the balance.');
    const { TWILIO_API_KEY_SID: key, TWILIO_API_KEY_SECRET: secret } = world.vars;
    if (key && secret && (await isKeyRefused(world.vars, key, secret))) {
      return fail(
        'Twilio refuses the API key',
        'Make another in the Twilio console (Account, API keys & tokens), or take both TWILIO_API_KEY_ names out of .prod.vars; then `npm run deploy`.',
      );
    }
    if (isTrial)
      return warn(
        'it works; the account is a trial',
        'A trial sends to verified numbers only and 50 texts a day on WhatsApp: upgrade it in the Twilio console.',
      );
    return ok('it works, the account is active');
  } catch (error) {
    return away(error);
  }
}

async function modelKey(world: World): Promise<Finding> {
  const { ANTHROPIC_API_KEY: key, DEFAULT_MODEL: model } = world.vars;
  if (!key) {
    if (world.vars.ANTHROPIC_API_URL) throw new LeftOut('ANTHROPIC_API_URL names a server that needs no key');
    throw new LeftOut('ANTHROPIC_API_KEY is not set in .prod.vars');
  }
  try {
    const answer = await askModels(world.vars, 1000);
    if (answer.status === 401 || answer.status === 403) {
      return fail(
        'the model’s API refuses ANTHROPIC_API_KEY',
        'Make another at console.anthropic.com (API keys), put it in with `npm run setup`, then `npm run deploy`.',
      );
    }
    const models = Models.safeParse(answer.json);
    if (answer.status !== 200 || !models.success)
      return fail(
        `the model’s API answers ${answer.status}`,
        'Run this again later; status.anthropic.com says whether it is them.',
      );
    if (model && !models.data.data.some(({ id }) => id === model)) {
      return warn(
        `the key works; DEFAULT_MODEL ${model} is not among its models`,
        'Write the full name of a model into DEFAULT_MODEL in .prod.vars, then `npm run deploy`.',
      );
    }
    return ok('it works');
  } catch (error) {
    return away(error);
  }
}

async function flyToken(world: World): Promise<Finding> {
  const { api } = world.fly();
  const org = world.value('FLY_ORG');
  const answer = await api.apps(org).catch(() => null);
  if (answer === null) return fail('Fly does not answer', AWAY);
  if (answer.kind === 'ok') return ok(`it works for the organisation ${org}`);
  if (answer.kind === 'denied' || answer.kind === 'absent') {
    return fail(
      `Fly refuses FLY_API_TOKEN for the organisation ${org}`,
      `Make another with \`fly tokens create org -o ${org}\`, put it in with \`npm run setup\`, then \`npm run deploy\`.`,
    );
  }
  return fail(answer.reason, 'Run this again in a minute; status.flyio.net says whether it is them.');
}

export const accountChecks: readonly Check[] = [
  { name: 'twilio-key', title: 'Twilio key', run: twilioKey },
  { name: 'model-key', title: 'Model key', run: modelKey },
  { name: 'fly-token', title: 'Fly token', run: flyToken },
];
