import type { BotCommand } from '@grammyjs/types';
import { COMMANDS, type Name } from '../../input/command.ts';
import { mayUse, type Role } from '../../input/roles.ts';
import { type Bot, chatIdOf } from './account.ts';
import { callBot } from './api.ts';
import { callUnlessWaiting } from './bot-wait.ts';

// The commands that Telegram shows in the menu of a chat. Everybody's menu has the commands of guests; the menu of a
// person's own chat has those of their role.

export const menuOf = (role: Role): BotCommand[] =>
  (Object.keys(COMMANDS) as Name[])
    .filter((name) => mayUse(role, name) && /^[a-z0-9_]{1,32}$/.test(name))
    .map((name) => ({ command: name, description: COMMANDS[name].help }));

/** Best effort. */
export async function showMenu(bot: Bot, to: string, role: Role, timeoutMs: number): Promise<void> {
  const chat = chatIdOf(to);
  const menu = { commands: menuOf(role), scope: { type: 'chat', chat_id: chat } } as const;
  await callUnlessWaiting(bot.id, chat, () => callBot(bot, 'setMyCommands', menu, timeoutMs));
}
