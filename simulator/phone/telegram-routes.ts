import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { validator } from 'hono/validator';
import * as z from 'zod';
import type { TelegramOnPhones } from '../twilio/carrier-types.ts';
import { addressOf } from './client/number.ts';
import { refusal } from './refusal.ts';

// Routes for a phone's actions on Telegram alone. Each answers 204, or a sentence.

const LARGEST = 64 * 1024;
const sid = z.string().regex(/^T[GR][0-9a-f]{32}$/, 'This message no longer exists.');
const chat = { number: z.string(), sender: z.string() };

const body = <T extends z.ZodType>(schema: T) =>
  validator('json', (value, c) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? parsed.data : c.json(refusal(parsed.error), 400);
  });

export function telegramRoutes(phones: TelegramOnPhones): Hono {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: LARGEST }));
  app.post('/stop', body(z.object(chat)), (c) => {
    const { number, sender } = c.req.valid('json');
    const isStopped = phones.stopDraft(addressOf(number, sender));
    return isStopped ? c.body(null, 204) : c.json({ error: 'There is nothing to stop.' }, 409);
  });
  const text = z
    .string()
    .refine((words) => words.trim() !== '', 'Type the new words first.')
    .max(4096, 'A message can have up to 4096 characters.');
  app.post('/edit', body(z.object({ sid, text })), (c) => {
    const edit = c.req.valid('json');
    const isEdited = phones.edit(edit.sid, edit.text);
    return isEdited ? c.body(null, 204) : c.json({ error: 'Only your own messages can be edited.' }, 409);
  });
  app.post('/delete', body(z.object({ sid })), (c) => {
    const isGone = phones.remove(c.req.valid('json').sid);
    return isGone ? c.body(null, 204) : c.json({ error: 'This message no longer exists.' }, 409);
  });
  app.post('/block', body(z.object({ ...chat, isBlocked: z.boolean() })), (c) => {
    const { number, sender, isBlocked } = c.req.valid('json');
    phones.block(addressOf(number, sender), isBlocked);
    return c.body(null, 204);
  });
  app.post('/group', body(z.object(chat)), (c) => {
    const { number, sender } = c.req.valid('json');
    return c.json({ sender: phones.makeGroup(addressOf(number, sender)) }, 201);
  });
  const name = z
    .string()
    .trim()
    .min(1, 'Type a name for the topic.')
    .max(128, 'A topic’s name can have up to 128 characters.');
  app.post('/topic', body(z.object({ ...chat, name, profileName: z.string().max(100).optional() })), (c) => {
    const { number, sender, name: wanted, profileName } = c.req.valid('json');
    return c.json({ topic: phones.makeTopic(addressOf(number, sender), wanted, profileName || undefined) }, 201);
  });
  app.post('/topic/name', body(z.object({ ...chat, topic: z.number(), name })), (c) => {
    const { number, sender, topic, name: wanted } = c.req.valid('json');
    const isRenamed = phones.renameTopic(addressOf(number, sender), topic, wanted);
    return isRenamed ? c.body(null, 204) : c.json({ error: 'This topic no longer exists.' }, 409);
  });
  return app;
}
