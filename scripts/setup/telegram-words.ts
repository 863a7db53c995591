// The sentences of setup about channels and the bot at Telegram.

export const channelWords = {
  title: 'Channels',
  which: 'Where should people text it?',
  where: 'To change this later: npm run setup -- --change channels',
  telegram: 'Telegram',
  telegramHint: 'free, and ready at once: a bot of yours',
  whatsApp: 'WhatsApp',
  whatsAppHint: 'by Twilio: each message costs, and Meta may block the number on any day',
  both: 'both',
  bothHint: 'people lose a channel and not their agent',
  bad: 'Choose telegram, whatsapp or both.',
} as const;

export const botWords = {
  title: 'Bot at Telegram',
  token: 'Token of the bot',
  where:
    'In Telegram, text /newbot to @BotFather and answer its two questions. It gives you the token. A bot serves one deployment:',
  badToken: 'That isn’t a bot’s token. A token looks like 4815162342:AAE, followed by more letters and digits.',
  wrong:
    'Telegram doesn’t know this token. Text /mybots to @BotFather, choose the bot and then API Token, and copy it again.',
  bot: (name: string) => `Bot @${name}`,
  owner: 'Your own address at Telegram, such as telegram:4815162342',
  ownerWhere: 'You get a text when something needs attention. Put commas between several people.',
  pressStart:
    'You are the owner. Scan this code with your phone, or open the link on it, and press Start. Waiting three minutes at most.',
  isYou: (address: string) => `You are ${address}.`,
  nobody:
    'Nobody pressed Start. Run this again to try once more, or enter the number that a bot such as @userinfobot shows you.',
  webhookTitle: 'Telegram calls the relay',
  webhookChange:
    'have Telegram send the bot’s messages to the relay, and show the commands in its menu (npm run teardown takes both away)',
  elsewhere:
    'Send them to the relay from now on? Teardown can’t put the other address back, because Telegram doesn’t reveal its secret.',
  leftAsItWas:
    'The bot’s webhook is unchanged, so nothing reaches the relay. To use another bot, run `npm run setup -- --change telegram`.',
  helloTitle: 'Test message',
  hello: 'Scan this code with your phone, or open the link on it. Then send “hello” and wait for the answer.',
  answered: 'Did the bot answer?',
  works: 'Answered. It works.',
  silent: 'The bot didn’t answer. `npm run doctor` shows what is wrong.',
  skipped: 'Text the bot yourself to see that it works.',
  helloChange: 'ask you to text the bot',
} as const;
