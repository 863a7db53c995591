import * as z from 'zod';
import { integer, json } from '../parameters.ts';
import { Refusal } from '../refusals.ts';
import { botView } from '../views.ts';
import type { World } from '../world.ts';
import { done, type Method, method } from './method.ts';

// The bot itself: who it is, and its commands by scope and language.

const scope = json(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('default') }),
    z.strictObject({ type: z.literal('all_private_chats') }),
    z.strictObject({ type: z.literal('all_group_chats') }),
    z.strictObject({ type: z.literal('all_chat_administrators') }),
    z.strictObject({ type: z.literal('chat'), chat_id: integer }),
  ]),
).default({ type: 'default' });
const language = z
  .string()
  .regex(/^([a-z]{2})?$/, 'not a two-letter language code')
  .default('');
const commands = json(z.array(z.strictObject({ command: z.string(), description: z.string() })).max(100));

const keyOf = (params: { scope: unknown; language_code: string }): string =>
  JSON.stringify([params.scope, params.language_code]);

/** The commands that a person sees in the private chat with the bot: the nearest list that is set. */
export function commandsFor(world: World, chatId: number, languageCode: string | undefined) {
  const scopes = [{ type: 'chat', chat_id: chatId }, { type: 'all_private_chats' }, { type: 'default' }];
  const keys = scopes.flatMap((one) => [languageCode ?? '', ''].map((code) => JSON.stringify([one, code])));
  const found = keys.find((key) => world.commands.has(key));
  return found === undefined ? [] : (world.commands.get(found) ?? []);
}

export const accountMethods: Record<string, Method> = {
  getMe: method({}, ({ bot }) => ({ result: botView(bot) })),
  setMyCommands: method({ commands, scope, language_code: language }, (world, params) => {
    for (const { command, description } of params.commands) {
      if (!/^[a-z0-9_]{1,32}$/.test(command)) throw new Refusal('commandName');
      if (description.length < 1 || description.length > 256) throw new Refusal('commandAbout');
    }
    if (params.scope.type === 'chat' && !world.chats.has(params.scope.chat_id)) throw new Refusal('noChat');
    world.commands.set(keyOf(params), params.commands);
    return done;
  }),
  getMyCommands: method({ scope, language_code: language }, (world, params) => ({
    result: world.commands.get(keyOf(params)) ?? [],
  })),
  deleteMyCommands: method({ scope, language_code: language }, (world, params) => {
    world.commands.delete(keyOf(params));
    return done;
  }),
};
