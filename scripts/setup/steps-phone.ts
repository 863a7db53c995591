import { randomBytes } from 'node:crypto';
import { createTemplate, findTemplate, readApproval, requestApproval, SANDBOX } from '../accounts/twilio.ts';
import { linesOf, setWebhook } from '../accounts/twilio-lines.ts';
import type { Vars } from '../local/dev-vars.ts';
import { usesTwilio } from './channels.ts';
import { phoneWords } from './creation-words.ts';
import { links } from './links.ts';
import { type SetupContext, SetupProblem, type Step } from './step.ts';
import { isRelays, samePlace, sameWebhook, wantedWebhook } from './webhooks.ts';

// The steps in the Twilio account: webhooks and the message template.

const addresses = (context: SetupContext): string[] => (context.answers().TWILIO_SENDERS ?? '').split(',');
const accountOf = (context: SetupContext): string => context.answers().TWILIO_ACCOUNT_SID ?? '';

/** Without the sandbox, which has no such webhook. */
async function ownLines(context: SetupContext) {
  const lines = await linesOf(context.answers(), addresses(context));
  const url = context.answers().PUBLIC_URL ?? '';
  return lines.map((line) => ({ ...line, wanted: wantedWebhook(url, line.address) }));
}

/** Asks first when texts go elsewhere now, because nobody would notice the change later. */
async function agreeToChange(context: SetupContext, address: string, url: string): Promise<void> {
  // The rest of an address may contain a password.
  context.screen.warn(phoneWords.goesElsewhere(address, URL.canParse(url) ? new URL(url).host : url));
  if (!context.screen.asks) return;
  if (!(await context.screen.confirm(phoneWords.changeIt, true))) throw new SetupProblem(phoneWords.leftAsItWas);
}

export const webhookStep: Step = {
  name: 'webhook',
  applies: usesTwilio,
  title: phoneWords.webhookTitle,
  minutes: 1,
  changes: () => [phoneWords.webhookChange],
  isNoted: ({ record }) => Boolean(record.done('sandbox')) || record.all().some(({ kind }) => kind === 'webhook'),
  async isDone(context) {
    const { callbackUrl } = wantedWebhook(context.answers().PUBLIC_URL ?? '', SANDBOX);
    if (addresses(context).includes(SANDBOX) && context.record.done('sandbox') !== callbackUrl) return false;
    return (await ownLines(context)).every(({ webhook, wanted }) => sameWebhook(webhook, wanted));
  },
  async perform(context) {
    const own = await ownLines(context);
    for (const { sid, address, webhook, wanted } of own) {
      if (sameWebhook(webhook, wanted)) continue;
      const entry = { kind: 'webhook', id: sid, account: accountOf(context) } as const;
      const isOurs = context.record.has(entry.kind, entry.id, entry.account) && isRelays(webhook);
      if (webhook.callbackUrl !== '' && !isOurs && !samePlace(webhook, wanted)) {
        await agreeToChange(context, address, webhook.callbackUrl);
        // An older value is no longer wanted.
        context.record.remove(entry);
      }
      context.record.add({ ...entry, before: webhook });
      await setWebhook(context.answers(), sid, wanted);
    }
    if (!addresses(context).includes(SANDBOX)) return phoneWords.webhook(own.map(({ address }) => address));
    const wanted = wantedWebhook(context.answers().PUBLIC_URL ?? '', SANDBOX);
    context.screen.note(phoneWords.paste);
    context.screen.copy([links.sandbox, '', ...phoneWords.addresses(wanted.callbackUrl, wanted.statusCallbackUrl)]);
    if (!context.screen.asks) return phoneWords.pasteLater;
    if (!(await context.screen.confirm(phoneWords.pasted, true))) throw new SetupProblem(phoneWords.pasteFirst);
    context.record.markDone('sandbox', wanted.callbackUrl);
    return phoneWords.pastedDone;
  },
};

/** Only an own sender can have templates; the sandbox has fixed ones. */
const hasOwnSender = (answers: Vars): boolean =>
  usesTwilio(answers) &&
  (answers.TWILIO_SENDERS ?? '').split(',').some((address) => address.startsWith('whatsapp:') && address !== SANDBOX);

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
  isDone: async (context) => Boolean(context.answers().TWILIO_NUDGE_CONTENT_SID),
  async perform(context) {
    const answers = context.answers();
    const noted = context.record
      .all()
      .find(({ kind, account }) => kind === 'template' && account === accountOf(context));
    const name = noted?.id ?? `roost_nudge_${randomBytes(4).toString('hex')}`;
    // The name is random and recorded first, so that an interrupted run finds the template again.
    context.record.add({ kind: 'template', id: name, account: accountOf(context) });
    const found = noted ? await findTemplate(answers, name) : null;
    const sid = found ?? (await createTemplate(answers, name, phoneWords.templateBody));
    const status = async (): Promise<string> => (await readApproval(answers, sid))?.status ?? 'unsubmitted';
    if ((await status()) === 'unsubmitted') await requestApproval(answers, sid, name);
    context.save({ TWILIO_NUDGE_CONTENT_SID: sid });
    return phoneWords.templatePending(await status());
  },
};
