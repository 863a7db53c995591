import { isKnownAddress } from '../../src/channels/registry.ts';
import { isZone } from '../../src/config/config.ts';
import { askModels } from '../accounts/anthropic.ts';
import { readAccounts, readRights, workerNames, workersSubdomain } from '../accounts/cloudflare.ts';
import { readAccount, SANDBOX } from '../accounts/twilio.ts';
import { isSms, linesOf, whatsAppLines } from '../accounts/twilio-lines.ts';
import type { Vars } from '../local/dev-vars.ts';
import { cloudflareWords, modelWords, peopleWords, twilioWords } from './account-words.ts';
import { usesTwilio } from './channels.ts';
import { links } from './links.ts';
import { type Choice, type Question, type SetupContext, type Step, Trouble, type Verdict } from './step.ts';
import { meetOwner } from './steps-telegram.ts';
import { botWords } from './telegram-words.ts';
import { words } from './words.ts';

// Questions about accounts and people. Each answer is checked at once. Creates nothing.

const matches =
  (pattern: RegExp, problem: string) =>
  (value: string): string | undefined =>
    pattern.test(value) ? undefined : problem;
const refused = (problem: string, again?: string[]): Verdict => ({ ok: false, problem, ...(again ? { again } : {}) });
const assuming = (context: SetupContext, name: string, value: string): Vars => ({
  ...context.answers(),
  [name]: value,
});
const pasted = (problem: string) => matches(/^\S{8,}$/, problem);
const NUMBER = /^\+[1-9]\d{5,14}$/;
/** Numbers, and addresses of channels without numbers: `telegram:4815162342`. */
const isList = (value: string): boolean =>
  value
    .split(',')
    .map((one) => one.trim())
    .every((one) => NUMBER.test(one) || (!one.includes('+') && isKnownAddress(one)));

export const twilioStep: Step = {
  name: 'twilio',
  title: twilioWords.title,
  minutes: 6,
  applies: usesTwilio,
  questions: () => [
    {
      name: 'TWILIO_ACCOUNT_SID',
      message: twilioWords.sid,
      where: twilioWords.where,
      link: links.twilioAccount,
      shape: matches(/^AC[0-9a-f]{32}$/i, twilioWords.badSid),
    },
    {
      name: 'TWILIO_AUTH_TOKEN',
      message: twilioWords.token,
      isSecret: true,
      shape: matches(/^[0-9a-z]{32}$/i, twilioWords.badToken),
      async check(value, context) {
        const account = await readAccount(assuming(context, 'TWILIO_AUTH_TOKEN', value));
        if (account === 'wrong') return refused(twilioWords.wrong, ['TWILIO_ACCOUNT_SID']);
        if (account.status !== 'active') return refused(twilioWords.closed(account.status), ['TWILIO_ACCOUNT_SID']);
        return {
          ok: true,
          note: account.isTrial ? twilioWords.trial(account.name) : twilioWords.account(account.name),
        };
      },
    },
  ],
};

/** Only setup asks for this, for the link that joins the sandbox. */
const joinCode: Question = {
  name: 'SANDBOX_JOIN',
  message: twilioWords.join,
  where: twilioWords.joinWhere,
  link: links.sandbox,
  initial: async () => '',
  shape: matches(/^(join\s+)?[a-z0-9]{1,40}([- ][a-z0-9]{1,40})?$/i, twilioWords.badJoin),
};

export const numberStep: Step = {
  name: 'number',
  title: twilioWords.numberTitle,
  minutes: 3,
  applies: usesTwilio,
  questions: ({ TWILIO_SENDERS = '' }) => [
    {
      name: 'TWILIO_SENDERS',
      message: twilioWords.number,
      where: twilioWords.numberWhere,
      link: links.whatsAppSenders,
      shape: matches(/^(whatsapp:)?\+[1-9]\d{5,14}(,(whatsapp:)?\+[1-9]\d{5,14})*$/, twilioWords.badAddress),
      async choices(context) {
        const own = await whatsAppLines(context.answers());
        const listed: Choice[] = own.map(({ address, status }) => ({
          value: address,
          label: address.replace('whatsapp:', ''),
          hint: status,
        }));
        return [...listed, { value: SANDBOX, label: twilioWords.sandboxChoice, hint: twilioWords.sandboxHint }];
      },
      async check(value, context) {
        const addresses = value.split(',');
        const lines = await linesOf(context.answers(), addresses);
        for (const address of addresses.filter((one) => one !== SANDBOX)) {
          const line = lines.find((one) => one.address === address);
          if (!line) return refused(isSms(address) ? twilioWords.noNumber(address) : twilioWords.notYours(address));
          if (line.application !== '') return refused(twilioWords.ofApplication(address));
          if (!isSms(address) && !line.status.startsWith('ONLINE'))
            return refused(twilioWords.notOnline(address, line.status));
        }
        const notes = [
          ...(addresses.includes(SANDBOX) ? [twilioWords.sandboxLimits] : []),
          ...(addresses.some(isSms) && context.answers().SMS !== 'on' ? [twilioWords.smsIsOff] : []),
        ];
        return notes.length > 0 ? { ok: true, note: notes.join('\n') } : { ok: true };
      },
    },
    ...(TWILIO_SENDERS.split(',').includes(SANDBOX) ? [joinCode] : []),
  ],
};

export const peopleStep: Step = {
  name: 'people',
  title: peopleWords.title,
  minutes: 1,
  questions: (answers) => [
    {
      name: 'ADMIN_SENDERS',
      // Nobody knows their own id at Telegram, so it is read from the bot's first message.
      ...(usesTwilio(answers)
        ? { message: peopleWords.admin, where: peopleWords.adminWhere }
        : { message: botWords.owner, where: botWords.ownerWhere, initial: meetOwner }),
      shape: (value) => (isList(value) ? undefined : peopleWords.badNumber),
    },
    {
      name: 'ALLOWED_SENDERS',
      message: peopleWords.allowed,
      where: peopleWords.allowedWhere,
      initial: async (context) => context.answers().ADMIN_SENDERS,
      shape: (value) => (value === '*' || isList(value) ? undefined : peopleWords.badNumber),
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
  minutes: 3,
  questions: () => [
    {
      name: 'ANTHROPIC_API_KEY',
      message: modelWords.key,
      where: modelWords.where,
      link: links.anthropicKeys,
      isSecret: true,
      shape: pasted(modelWords.badKey),
      async check(value, context) {
        const { status } = await askModels(assuming(context, 'ANTHROPIC_API_KEY', value), 1);
        if (status === 401 || status === 403) return refused(modelWords.wrong);
        if (status !== 200) throw new Trouble(words.trouble('Anthropic', status));
        return { ok: true, note: modelWords.works };
      },
    },
  ],
};

async function accountsOf(context: SetupContext) {
  const accounts = await readAccounts(context.answers());
  return accounts === 'wrong' ? [] : accounts;
}

export const cloudflareStep: Step = {
  name: 'cloudflare',
  title: cloudflareWords.title,
  minutes: 6,
  questions: () => [
    {
      name: 'CLOUDFLARE_API_TOKEN',
      message: cloudflareWords.token,
      where: cloudflareWords.where,
      link: links.cloudflareToken,
      isSecret: true,
      shape: pasted(cloudflareWords.badToken),
      async check(value, context) {
        const accounts = await readAccounts(assuming(context, 'CLOUDFLARE_API_TOKEN', value));
        if (accounts === 'wrong') return refused(cloudflareWords.wrong);
        const [only, ...others] = accounts;
        if (!only) return refused(cloudflareWords.noAccount);
        const isKnown = context.answers().CLOUDFLARE_ACCOUNT_ID !== undefined;
        if (isKnown || others.length > 0) return { ok: true };
        return { ok: true, learned: { CLOUDFLARE_ACCOUNT_ID: only.id } };
      },
    },
    {
      name: 'CLOUDFLARE_ACCOUNT_ID',
      message: cloudflareWords.account,
      choices: async (context) =>
        (await accountsOf(context)).map(({ id, name }) => ({ value: id, label: name, hint: id })),
      // With one account there is nothing to ask; with several only the person can know.
      initial: async () => undefined,
      async check(value, context) {
        const account = (await accountsOf(context)).find(({ id }) => id === value);
        if (!account) return refused(cloudflareWords.notThere);
        const rights = await readRights(assuming(context, 'CLOUDFLARE_ACCOUNT_ID', value));
        const again = ['CLOUDFLARE_API_TOKEN'];
        if (rights === 'no-workers') return refused(cloudflareWords.noWorkers, again);
        if (rights === 'no-r2') return refused(cloudflareWords.noR2, again);
        if (rights === 'r2-is-off') return refused(cloudflareWords.r2Off);
        return { ok: true, note: cloudflareWords.inAccount(account.name) };
      },
    },
    {
      name: 'WORKER_NAME',
      message: cloudflareWords.worker,
      initial: async () => 'roost',
      shape: matches(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, cloudflareWords.badWorker),
      async check(value, context) {
        const answers = context.answers();
        if (context.record.has('worker', value, answers.CLOUDFLARE_ACCOUNT_ID ?? '')) return { ok: true };
        const isTaken = (await workerNames(answers)).includes(value);
        return isTaken ? refused(cloudflareWords.workerTaken(value)) : { ok: true };
      },
    },
    {
      name: 'PUBLIC_URL',
      message: cloudflareWords.url,
      where: cloudflareWords.urlWhere,
      link: links.cloudflareWorkers,
      async initial(context) {
        const subdomain = await workersSubdomain(context.answers());
        return subdomain ? `https://${context.answers().WORKER_NAME}.${subdomain}.workers.dev` : undefined;
      },
      shape: matches(/^(https:\/\/[^/\s_]+|http:\/\/127\.0\.0\.1:\d+)\/?$/, cloudflareWords.badUrl),
    },
  ],
};
