import { isZone } from '../../src/worker/config.ts';
import type { Vars } from '../dev-vars.ts';
import { readModelKey } from './anthropic.ts';
import { type CloudflareAccount, readRights, readToken, workerNames, workersSubdomain } from './cloudflare.ts';
import type { Choice, Step, Verdict, World } from './step.ts';
import { readAccount, SANDBOX, whatsAppSenders } from './twilio.ts';
import { cloudflareWords, modelWords, peopleWords, twilioWords, words } from './words.ts';

// The accounts and the people: questions alone, each answer tried out at once. Makes nothing.

const matches =
  (pattern: RegExp, problem: string) =>
  (value: string): string | undefined =>
    pattern.test(value) ? undefined : problem;
const refused = (problem: string, again?: string[]): Verdict => ({ ok: false, problem, ...(again ? { again } : {}) });
const assuming = (world: World, name: string, value: string): Vars => ({ ...world.answers(), [name]: value });
const pasted = (problem: string) => matches(/^\S{8,}$/, problem);
const NUMBERS = /^\+[1-9]\d{5,14}(\s*,\s*\+[1-9]\d{5,14})*$/;

export const twilioStep: Step = {
  name: 'twilio',
  title: twilioWords.title,
  questions: () => [
    {
      name: 'TWILIO_ACCOUNT_SID',
      message: twilioWords.sid,
      where: twilioWords.where,
      shape: matches(/^AC[0-9a-f]{32}$/i, twilioWords.badSid),
    },
    {
      name: 'TWILIO_AUTH_TOKEN',
      message: twilioWords.token,
      isSecret: true,
      shape: matches(/^[0-9a-z]{32}$/i, twilioWords.badToken),
      async check(value, world) {
        const account = await readAccount(assuming(world, 'TWILIO_AUTH_TOKEN', value));
        if (account.kind === 'wrong') return refused(twilioWords.wrong, ['TWILIO_ACCOUNT_SID']);
        if (account.kind === 'unreachable') return refused(words.unreachable('Twilio', account.reason));
        if (account.status !== 'active') return refused(twilioWords.closed(account.status), ['TWILIO_ACCOUNT_SID']);
        return {
          ok: true,
          note: account.isTrial ? twilioWords.trial(account.name) : twilioWords.account(account.name),
        };
      },
    },
  ],
};

export const numberStep: Step = {
  name: 'number',
  title: twilioWords.numberTitle,
  questions: () => [
    {
      name: 'TWILIO_SENDERS',
      message: twilioWords.number,
      where: twilioWords.numberWhere,
      shape: matches(/^(whatsapp:)?\+[1-9]\d{5,14}(,(whatsapp:)?\+[1-9]\d{5,14})*$/, twilioWords.badAddress),
      async choices(world) {
        const own = await whatsAppSenders(world.answers());
        const listed: Choice[] = own.map(({ address, status }) => ({
          value: address,
          label: address.replace('whatsapp:', ''),
          hint: status,
        }));
        return [...listed, { value: SANDBOX, label: twilioWords.sandboxChoice, hint: twilioWords.sandboxHint }];
      },
      async check(value, world) {
        const own = await whatsAppSenders(world.answers());
        for (const address of value.split(',').filter((one) => one.startsWith('whatsapp:') && one !== SANDBOX)) {
          const found = own.find((one) => one.address === address);
          if (!found) return refused(twilioWords.notYours(address));
          if (!found.status.startsWith('ONLINE')) return refused(twilioWords.notOnline(address, found.status));
        }
        return value.split(',').includes(SANDBOX) ? { ok: true, note: twilioWords.sandboxLimits } : { ok: true };
      },
    },
  ],
};

export const peopleStep: Step = {
  name: 'people',
  title: peopleWords.title,
  questions: () => [
    {
      name: 'ADMIN_SENDERS',
      message: peopleWords.admin,
      where: peopleWords.adminWhere,
      shape: matches(NUMBERS, peopleWords.badNumber),
    },
    {
      name: 'ALLOWED_SENDERS',
      message: peopleWords.allowed,
      where: peopleWords.allowedWhere,
      initial: async (world) => world.answers().ADMIN_SENDERS,
      shape: (value) => (value === '*' || NUMBERS.test(value) ? undefined : peopleWords.badNumber),
    },
    {
      name: 'DEFAULT_TIMEZONE',
      message: peopleWords.zone,
      initial: async () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC',
      shape: (value) => (isZone(value) ? undefined : peopleWords.badZone),
    },
  ],
};

export const modelStep: Step = {
  name: 'model',
  title: modelWords.title,
  questions: () => [
    {
      name: 'ANTHROPIC_API_KEY',
      message: modelWords.key,
      where: modelWords.where,
      isSecret: true,
      shape: pasted(modelWords.badKey),
      async check(value, world) {
        const verdict = await readModelKey(assuming(world, 'ANTHROPIC_API_KEY', value));
        if (verdict === 'wrong') return refused(modelWords.wrong);
        if (verdict === 'works') return { ok: true, note: modelWords.works };
        return refused(words.unreachable('Anthropic', verdict.unreachable));
      },
    },
  ],
};

async function accountsOf(world: World): Promise<CloudflareAccount[]> {
  const verdict = await readToken(world.answers());
  return verdict.kind === 'accounts' ? verdict.accounts : [];
}

export const cloudflareStep: Step = {
  name: 'cloudflare',
  title: cloudflareWords.title,
  questions: () => [
    {
      name: 'CLOUDFLARE_API_TOKEN',
      message: cloudflareWords.token,
      where: cloudflareWords.where,
      isSecret: true,
      shape: pasted(cloudflareWords.badToken),
      async check(value, world) {
        const verdict = await readToken(assuming(world, 'CLOUDFLARE_API_TOKEN', value));
        if (verdict.kind === 'unreachable') return refused(words.unreachable('Cloudflare', verdict.reason));
        if (verdict.kind === 'wrong') return refused(cloudflareWords.wrong);
        if (verdict.kind === 'no-account') return refused(cloudflareWords.noAccount);
        const [only, ...others] = verdict.accounts;
        const isKnown = world.answers().CLOUDFLARE_ACCOUNT_ID !== undefined;
        if (isKnown || !only || others.length > 0) return { ok: true };
        return { ok: true, learned: { CLOUDFLARE_ACCOUNT_ID: only.id } };
      },
    },
    {
      name: 'CLOUDFLARE_ACCOUNT_ID',
      message: cloudflareWords.account,
      choices: async (world) => (await accountsOf(world)).map(({ id, name }) => ({ value: id, label: name, hint: id })),
      // With one account there is nothing to ask; with several nobody but the person can know.
      initial: async () => undefined,
      async check(value, world) {
        const account = (await accountsOf(world)).find(({ id }) => id === value);
        if (!account) return refused(cloudflareWords.notThere);
        const rights = await readRights(assuming(world, 'CLOUDFLARE_ACCOUNT_ID', value));
        const again = ['CLOUDFLARE_API_TOKEN'];
        if (rights === 'no-workers') return refused(cloudflareWords.noWorkers, again);
        if (rights === 'no-r2') return refused(cloudflareWords.noR2, again);
        if (rights === 'r2-is-off') return refused(cloudflareWords.r2Off);
        if (rights !== 'ok') return refused(words.unreachable('Cloudflare', rights.unreachable));
        return { ok: true, note: cloudflareWords.inAccount(account.name) };
      },
    },
    {
      name: 'WORKER_NAME',
      message: cloudflareWords.worker,
      initial: async () => 'roost',
      shape: matches(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, cloudflareWords.badWorker),
      async check(value, world) {
        const answers = world.answers();
        if (world.record.has('worker', value, answers.CLOUDFLARE_ACCOUNT_ID ?? '')) return { ok: true };
        const isTaken = (await workerNames(answers)).includes(value);
        return isTaken ? refused(cloudflareWords.workerTaken(value)) : { ok: true };
      },
    },
    {
      name: 'PUBLIC_URL',
      message: cloudflareWords.url,
      where: cloudflareWords.urlWhere,
      async initial(world) {
        const subdomain = await workersSubdomain(world.answers());
        return subdomain ? `https://${world.answers().WORKER_NAME}.${subdomain}.workers.dev` : undefined;
      },
      shape: matches(/^(https:\/\/[^/\s_]+|http:\/\/127\.0\.0\.1:\d+)\/?$/, cloudflareWords.badUrl),
    },
  ],
};
