import type { Config } from '../../config/config.ts';
import { absentChannel } from '../absent.ts';
import type { Carrier, Channel } from '../channel.ts';
import { addressOf, botOf } from './account.ts';
import { keyboardOf } from './buttons.ts';
import { TELEGRAM } from './capabilities.ts';
import { FILE_SCHEME } from './content.ts';
import { explainError } from './errors.ts';
import { fetchFile, howToSend } from './files.ts';
import { showMenu } from './menu.ts';
import { receive } from './receive.ts';
import { askName, probe, send, sendDraft, sendTyping } from './send.ts';
import { watch } from './watch.ts';

// Telegram, by a bot of its Bot API.

/** The link to the bot's chat. A code comes back as `/start CODE`; other words are left out. */
function startUrl(name: string, words: string): string {
  const [, word, first, last] = /^(LINK|JOIN) ([A-Z0-9]{4})-([A-Z0-9]{4})$/.exec(words) ?? [];
  const start = word === undefined ? '' : `?start=${word === 'LINK' ? 'link_' : ''}${first}${last}`;
  return `https://t.me/${name}${start}`;
}

/** The name of prepared choices. It is always the same: the send makes the keyboard from the reply's items. */
const KEYBOARD = 'keyboard';

export const telegram: Channel = {
  capabilities: TELEGRAM,
  service: { name: 'Telegram', statusPage: 't.me/BotNews' },
  isAddress: (text) => /^telegram:[1-9]\d{0,15}$/.test(text),
  isOn: (config) => botOf(config) !== null,
  sendersOf: (config) => sendersOf(config),
  owns: (reference) => reference.startsWith('tg:') || reference.startsWith(FILE_SCHEME),
  explainError,
  // A link needs the bot's name, which its token doesn't say.
  chatUrl: (_, words, name) => (name === null ? null : startUrl(name, words)),
  publicName: ({ TELEGRAM_BOT_NAME: name }) => name ?? null,
  askName: async (config, timeoutMs) => {
    const bot = botOf(config);
    return bot === null ? null : askName(bot, timeoutMs);
  },
  connect: connectTelegram,
  receive,
  watch: async (config, now, timeoutMs) => {
    const bot = botOf(config);
    return bot === null ? { kind: 'fine' } : watch(bot, config.PUBLIC_URL, now, timeoutMs);
  },
};

function sendersOf(config: Config): string[] {
  const bot = botOf(config);
  return bot === null ? [] : [addressOf(bot.id)];
}

function connectTelegram(config: Config): Carrier {
  const bot = botOf(config);
  if (bot === null) return absentChannel('telegram').connect(config);
  return {
    send: (reply, timeoutMs) => send(bot, reply, timeoutMs),
    lookUp: (_, timeoutMs) => probe(bot, timeoutMs),
    prepareChoices: async ({ items }) => (keyboardOf(items) === null ? null : KEYBOARD),
    forgetChoices: async () => undefined,
    showTyping: (to, _, timeoutMs, thread) => sendTyping(bot, to, timeoutMs, thread),
    showDraft: (to, turn, words, timeoutMs, thread) => sendDraft(bot, { to, turn, words, thread }, timeoutMs),
    fetchFile: (url, firstByteMs, signal) => fetchFile(bot, url, firstByteMs, signal),
    // Telegram keeps files for the chat; a bot can't delete them alone.
    deleteFile: async () => true,
    // A bot has no log. The chat is the person's, who can delete it there.
    deleteMessage: async () => 'gone',
    howToSend,
    showMenu: (to, role, timeoutMs) => showMenu(bot, to, role, timeoutMs),
  };
}
