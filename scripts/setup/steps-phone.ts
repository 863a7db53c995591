import { randomBytes } from 'node:crypto';
import { createTemplate, findTemplate, readApproval, requestApproval, SANDBOX } from '../accounts/twilio.ts';
import { linesOf, setWebhook } from '../accounts/twilio-lines.ts';
import type { Vars } from '../local/dev-vars.ts';
import { phoneWords } from './creation-words.ts';
import { links } from './links.ts';
import { SetupProblem, type Step, type World } from './step.ts';
import { isRelays, samePlace, sameWebhook, wantedWebhook } from './webhooks.ts';

// The steps in the Twilio account: webhooks and the message template.

const addresses = (world: World): string[] => (world.answers().TWILIO_SENDERS ?? '').split(',');
const accountOf = (world: World): string => world.answers().TWILIO_ACCOUNT_SID ?? '';

/** Without the sandbox, which has no such webhook. */
async function ownLines(world: World) {
  const lines = await linesOf(world.answers(), addresses(world));
  const url = world.answers().PUBLIC_URL ?? '';
  return lines.map((line) => ({ ...line, wanted: wantedWebhook(url, line.address) }));
}

/** Asks first when texts go elsewhere now, because nobody would notice the change later. */
async function agreeToChange(world: World, address: string, url: string): Promise<void> {
  // The rest of an address may contain a password.
  world.screen.warn(phoneWords.goesElsewhere(address, URL.canParse(url) ? new URL(url).host : url));
  if (!world.screen.asks) return;
  if (!(await world.screen.confirm(phoneWords.changeIt, true))) throw new SetupProblem(phoneWords.leftAsItWas);
}

export const webhookStep: Step = {
  name: 'webhook',
  title: phoneWords.webhookTitle,
  minutes: 1,
  changes: () => [phoneWords.webhookChange],
  isNoted: ({ record }) => Boolean(record.done('sandbox')) || record.all().some(({ kind }) => kind === 'webhook'),
  async isDone(world) {
    const { callbackUrl } = wantedWebhook(world.answers().PUBLIC_URL ?? '', SANDBOX);
    if (addresses(world).includes(SANDBOX) && world.record.done('sandbox') !== callbackUrl) return false;
    return (await ownLines(world)).every(({ webhook, wanted }) => sameWebhook(webhook, wanted));
  },
  async perform(world) {
    const own = await ownLines(world);
    for (const { sid, address, webhook, wanted } of own) {
      if (sameWebhook(webhook, wanted)) continue;
      const entry = { kind: 'webhook', id: sid, account: accountOf(world) } as const;
      const isOurs = world.record.has(entry.kind, entry.id, entry.account) && isRelays(webhook);
      if (webhook.callbackUrl !== '' && !isOurs && !samePlace(webhook, wanted)) {
        await agreeToChange(world, address, webhook.callbackUrl);
        // An older value is no longer wanted.
        world.record.remove(entry);
      }
      world.record.add({ ...entry, before: webhook });
      await setWebhook(world.answers(), sid, wanted);
    }
    if (!addresses(world).includes(SANDBOX)) return phoneWords.webhook(own.map(({ address }) => address));
    const wanted = wantedWebhook(world.answers().PUBLIC_URL ?? '', SANDBOX);
    world.screen.note(phoneWords.paste);
    world.screen.copy([links.sandbox, '', ...phoneWords.addresses(wanted.callbackUrl, wanted.statusCallbackUrl)]);
    if (!world.screen.asks) return phoneWords.pasteLater;
    if (!(await world.screen.confirm(phoneWords.pasted, true))) throw new SetupProblem(phoneWords.pasteFirst);
    world.record.markDone('sandbox', wanted.callbackUrl);
    return phoneWords.pastedDone;
  },
};

/** Only an own sender can have templates; the sandbox has fixed ones. */
const hasOwnSender = ({ TWILIO_SENDERS = '' }: Vars): boolean =>
  TWILIO_SENDERS.split(',').some((address) => address.startsWith('whatsapp:') && address !== SANDBOX);

export const templateWishStep: Step = {
  name: 'template',
  title: phoneWords.wishTitle,
  minutes: 1,
  applies: hasOwnSender,
  questions: ({ TWILIO_NUDGE_CONTENT_SID }) =>
    TWILIO_NUDGE_CONTENT_SID
      ? []
      : [
          {
            name: 'NUDGE_TEMPLATE',
            message: phoneWords.template,
            where: phoneWords.templateWhere,
            choices: async () => [
              { value: 'create', label: phoneWords.templateYes },
              { value: 'no', label: phoneWords.templateNo },
            ],
            initial: async () => 'create',
            shape: (value) => (['create', 'no'].includes(value) ? undefined : phoneWords.badTemplate),
          },
        ],
};

export const templateStep: Step = {
  name: 'create-template',
  title: phoneWords.templateTitle,
  minutes: 1,
  applies: (answers) => hasOwnSender(answers) && answers.NUDGE_TEMPLATE !== 'no',
  changes: ({ TWILIO_NUDGE_CONTENT_SID }) => (TWILIO_NUDGE_CONTENT_SID ? [] : [phoneWords.templateChange]),
  isNoted: ({ answers }) => Boolean(answers().TWILIO_NUDGE_CONTENT_SID),
  isDone: async (world) => Boolean(world.answers().TWILIO_NUDGE_CONTENT_SID),
  async perform(world) {
    const answers = world.answers();
    const noted = world.record.all().find(({ kind, account }) => kind === 'template' && account === accountOf(world));
    const name = noted?.id ?? `roost_nudge_${randomBytes(4).toString('hex')}`;
    // The name is random and recorded first, so that an interrupted run finds the template again.
    world.record.add({ kind: 'template', id: name, account: accountOf(world) });
    const found = noted ? await findTemplate(answers, name) : null;
    const sid = found ?? (await createTemplate(answers, name, phoneWords.templateBody));
    const status = async (): Promise<string> => (await readApproval(answers, sid))?.status ?? 'unsubmitted';
    if ((await status()) === 'unsubmitted') await requestApproval(answers, sid, name);
    world.save({ TWILIO_NUDGE_CONTENT_SID: sid });
    return phoneWords.templatePending(await status());
  },
};
