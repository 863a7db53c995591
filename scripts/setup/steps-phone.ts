import { randomBytes } from 'node:crypto';
import { createTemplate, findTemplate, readApproval, requestApproval, SANDBOX } from '../accounts/twilio.ts';
import { isSms, linesOf, setWebhook } from '../accounts/twilio-lines.ts';
import { exchangeSince } from './exchange.ts';
import { SetupProblem, type Step, type World } from './step.ts';
import { isRelays, samePlace, sameWebhook, wantedWebhook } from './webhooks.ts';
import { phoneWords } from './words.ts';

// What is set in the Twilio account, and the first text through everything.

const addresses = (world: World): string[] => (world.answers().TWILIO_SENDERS ?? '').split(',');
const accountOf = (world: World): string => world.answers().TWILIO_ACCOUNT_SID ?? '';

/** The sandbox is none of them: it has no such webhook. */
async function ownLines(world: World) {
  const lines = await linesOf(world.answers(), addresses(world));
  const url = world.answers().PUBLIC_URL ?? '';
  return lines.map((line) => ({ ...line, wanted: wantedWebhook(url, line.address) }));
}

/** What people write goes elsewhere until now: nobody finds out afterwards. */
async function agreeToChange(world: World, address: string, url: string): Promise<void> {
  // The rest of an address may hold a password.
  world.screen.warn(phoneWords.goesElsewhere(address, URL.canParse(url) ? new URL(url).host : url));
  if (!world.screen.asks) return;
  if (!(await world.screen.confirm(phoneWords.changeIt, true))) throw new SetupProblem(phoneWords.leftAsItWas);
}

export const webhookStep: Step = {
  name: 'webhook',
  title: phoneWords.webhookTitle,
  changes: ({ PUBLIC_URL }) => [
    phoneWords.webhookChange(wantedWebhook(PUBLIC_URL ?? 'https://…', SANDBOX).callbackUrl),
  ],
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
        // What stood there before that is nobody’s wish any more.
        world.record.remove(entry);
      }
      world.record.add({ ...entry, before: webhook });
      await setWebhook(world.answers(), sid, wanted);
    }
    if (!addresses(world).includes(SANDBOX)) return phoneWords.webhook(own.map(({ address }) => address));
    const wanted = wantedWebhook(world.answers().PUBLIC_URL ?? '', SANDBOX);
    world.screen.note(phoneWords.paste(wanted.callbackUrl, wanted.statusCallbackUrl));
    if (!world.screen.asks) return phoneWords.pasteLater;
    if (!(await world.screen.confirm(phoneWords.pasted, true))) throw new SetupProblem(phoneWords.pasteFirst);
    world.record.markDone('sandbox', wanted.callbackUrl);
    return phoneWords.pastedDone;
  },
};

/** A template belongs to a sender of one's own; the sandbox has its fixed ones. */
export const templateStep: Step = {
  name: 'template',
  title: phoneWords.templateTitle,
  applies: ({ TWILIO_SENDERS = '' }) =>
    TWILIO_SENDERS.split(',').some((a) => a.startsWith('whatsapp:') && a !== SANDBOX),
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
  changes: ({ TWILIO_NUDGE_CONTENT_SID, NUDGE_TEMPLATE }) =>
    TWILIO_NUDGE_CONTENT_SID || NUDGE_TEMPLATE === 'no' ? [] : [phoneWords.templateChange],
  isDone: async (world) => Boolean(world.answers().TWILIO_NUDGE_CONTENT_SID) || world.answers().NUDGE_TEMPLATE === 'no',
  async perform(world) {
    const answers = world.answers();
    const noted = world.record.all().find(({ kind, account }) => kind === 'template' && account === accountOf(world));
    const name = noted?.id ?? `roost_nudge_${randomBytes(4).toString('hex')}`;
    // Its name holds chance and is known before it is made, so that a run cut in between finds it.
    world.record.add({ kind: 'template', id: name, account: accountOf(world) });
    const found = noted ? await findTemplate(answers, name) : null;
    const sid = found ?? (await createTemplate(answers, name, phoneWords.templateBody));
    const status = async (): Promise<string> => (await readApproval(answers, sid))?.status ?? 'unsubmitted';
    if ((await status()) === 'unsubmitted') await requestApproval(answers, sid, name);
    world.save({ TWILIO_NUDGE_CONTENT_SID: sid });
    return phoneWords.templatePending(await status());
  },
};

const HELLO_MS = 180_000;
const LOOK_EVERY_MS = 2_000;

export const helloStep: Step = {
  name: 'hello',
  title: phoneWords.helloTitle,
  changes: () => [phoneWords.helloChange],
  isDone: async (world) => world.record.done('hello') === helloPair(world).join(' '),
  async perform(world) {
    const [person, sender] = helloPair(world);
    if (!world.screen.asks) return phoneWords.helloSkipped;
    if (sender === SANDBOX) world.screen.note(phoneWords.join);
    const number = sender.replace('whatsapp:', '');
    world.screen.note(phoneWords.hello(person.replace('whatsapp:', ''), number));
    const since = new Date();
    let heard = false;
    for (const until = Date.now() + HELLO_MS; Date.now() < until; ) {
      const seen = await exchangeSince(world.answers(), sender, person, since);
      if (seen.heard && !heard) world.screen.note(phoneWords.heard);
      heard ||= seen.heard;
      if (seen.answered) {
        world.record.markDone('hello', helloPair(world).join(' '));
        return phoneWords.answered;
      }
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    }
    throw new SetupProblem(heard ? phoneWords.unanswered : phoneWords.unheard(number));
  },
};

/** The first admin and the first of our addresses, one of WhatsApp where there is one, as Twilio writes them. */
function helloPair(world: World): [person: string, sender: string] {
  const sender = addresses(world).find((address) => !isSms(address)) ?? addresses(world)[0] ?? '';
  const number = (world.answers().ADMIN_SENDERS ?? '').split(',')[0] ?? '';
  return [isSms(sender) ? number : `whatsapp:${number}`, sender];
}
