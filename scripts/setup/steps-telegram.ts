import { randomBytes } from 'node:crypto';
import { botName, whoPressesStart } from '../accounts/telegram.ts';
import { leadTelegramHere } from '../production/telegram-webhook.ts';
import { botIdOf, botLink, usesTelegram, usesTwilio } from './channels.ts';
import { qrLines } from './qr-code.ts';
import { type SetupContext, SetupProblem, type Step } from './step.ts';
import { botWords, channelWords } from './telegram-words.ts';

// The steps of the channels: which of them, and the bot at Telegram from its token to its first answer.

const START_MS = 180_000;
const CHANNELS = ['telegram', 'whatsapp', 'both'];

export const channelsStep: Step = {
  name: 'channels',
  title: channelWords.title,
  minutes: 1,
  questions: () => [
    {
      name: 'CHANNELS',
      message: channelWords.which,
      where: channelWords.where,
      choices: async () => [
        { value: 'telegram', label: channelWords.telegram, hint: channelWords.telegramHint },
        { value: 'whatsapp', label: channelWords.whatsApp, hint: channelWords.whatsAppHint },
        { value: 'both', label: channelWords.both, hint: channelWords.bothHint },
      ],
      initial: async () => 'telegram',
      shape: (value) => (CHANNELS.includes(value) ? undefined : channelWords.bad),
    },
  ],
};

export const telegramStep: Step = {
  name: 'telegram',
  title: botWords.title,
  minutes: 2,
  applies: usesTelegram,
  questions: () => [
    {
      name: 'TELEGRAM_BOT_TOKEN',
      message: botWords.token,
      where: botWords.where,
      link: 'https://t.me/BotFather',
      isSecret: true,
      shape: (value) => (/^[1-9]\d{4,15}:[\w-]{8,100}$/.test(value) ? undefined : botWords.badToken),
      async check(value, context) {
        const name = await botName({ ...context.answers(), TELEGRAM_BOT_TOKEN: value });
        if (name === null) return { ok: false, problem: botWords.wrong };
        return { ok: true, note: botWords.bot(name), learned: { TELEGRAM_BOT_NAME: name } };
      },
    },
  ],
};

/** The owner's address: that of the person who presses Start with a code that only this screen shows. */
export async function meetOwner(context: SetupContext): Promise<string | undefined> {
  const { answers, screen } = context;
  const { ADMIN_SENDERS } = answers();
  if (!screen.asks || ADMIN_SENDERS) return ADMIN_SENDERS;
  const code = `setup_${randomBytes(9).toString('base64url')}`;
  show(context, botWords.pressStart, `${botLink(answers())}?start=${code}`);
  const id = await whoPressesStart(answers(), code, START_MS);
  if (id === null) {
    screen.warn(botWords.nobody);
    return undefined;
  }
  screen.note(botWords.isYou(`telegram:${id}`));
  return `telegram:${id}`;
}

function show({ screen }: SetupContext, words: string, link: string): void {
  screen.note(words);
  screen.copy([...qrLines(link, screen.hasColours), '', link]);
}

/** The settings that the webhook depends on, without the token. */
const placeOf = ({ answers }: Pick<SetupContext, 'answers'>): string =>
  `${botIdOf(answers())} ${answers().PUBLIC_URL ?? ''}`;

export const telegramWebhookStep: Step = {
  name: 'telegram-webhook',
  title: botWords.webhookTitle,
  minutes: 1,
  applies: usesTelegram,
  changes: () => [botWords.webhookChange],
  isNoted: (context) => context.record.done('telegram') === placeOf(context),
  // Setting it again changes nothing, and brings the menu up to date.
  async perform(context) {
    const { answers, screen, record } = context;
    const bot = botIdOf(answers());
    const entry = { kind: 'bot-webhook', id: bot, account: bot } as const;
    record.add(entry);
    let led = await leadTelegramHere(answers(), false);
    if (!led.ok && led.isElsewhere) {
      screen.warn(led.line);
      if (!screen.asks || !(await screen.confirm(botWords.elsewhere, true))) {
        record.remove(entry);
        throw new SetupProblem(botWords.leftAsItWas);
      }
      led = await leadTelegramHere(answers(), true);
    }
    if (!led.ok) throw new SetupProblem(led.line);
    record.markDone('telegram', placeOf(context));
    return led.line;
  },
};

export const telegramHelloStep: Step = {
  name: 'telegram-hello',
  title: botWords.helloTitle,
  minutes: 1,
  applies: (answers) => usesTelegram(answers) && !usesTwilio(answers),
  changes: () => [botWords.helloChange],
  isNoted: (context) => context.record.done('telegram-hello') === placeOf(context),
  isDone: async (context) => telegramHelloStep.isNoted?.(context) ?? false,
  async perform(context) {
    if (!context.screen.asks) return botWords.skipped;
    show(context, botWords.hello, botLink(context.answers()));
    if (!(await context.screen.confirm(botWords.answered, true))) throw new SetupProblem(botWords.silent);
    context.record.markDone('telegram-hello', placeOf(context));
    return botWords.works;
  },
};
