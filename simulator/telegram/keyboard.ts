import type { InlineKeyboardMarkup } from '@grammyjs/types';
import * as z from 'zod';
import { Refusal } from './refusals.ts';

// Inline keyboards: their shape, and what Telegram refuses in them. Other keyboards are not played here. Pure.

const button = z
  .strictObject({
    text: z.string(),
    style: z.enum(['danger', 'success', 'primary']).optional(),
    callback_data: z.string().optional(),
    url: z.string().optional(),
    copy_text: z.strictObject({ text: z.string().min(1).max(256) }).optional(),
  })
  .refine(
    ({ callback_data, url, copy_text }) =>
      [callback_data, url, copy_text].filter((one) => one !== undefined).length === 1,
    { error: 'exactly one of callback_data, url and copy_text' },
  );

export const keyboardSchema = z.strictObject({ inline_keyboard: z.array(z.array(button)) });

/** Assumed: the official clients show no more. */
const MOST_BUTTONS = 100;
const MOST_IN_A_ROW = 8;

/** Null for a keyboard without buttons, which is how a keyboard is taken away. */
export function checkKeyboard({ inline_keyboard: rows }: z.output<typeof keyboardSchema>): InlineKeyboardMarkup | null {
  const buttons = rows.flat();
  if (buttons.length > MOST_BUTTONS || rows.some((row) => row.length > MOST_IN_A_ROW))
    throw new Refusal('keyboard', `more than ${MOST_BUTTONS} buttons, or ${MOST_IN_A_ROW} in a row`);
  for (const { text, callback_data: data, url } of buttons) {
    if (text.trim() === '') throw new Refusal('keyboard', 'the text of a button must be non-empty');
    if (data !== undefined && (data === '' || Buffer.byteLength(data) > 64)) throw new Refusal('buttonData');
    if (url !== undefined && !/^(https?|tg):\/\/\S+$/.test(url)) throw new Refusal('buttonUrl');
  }
  // Absent and undefined are the same in what is told of it.
  return buttons.length > 0 ? { inline_keyboard: JSON.parse(JSON.stringify(rows)) } : null;
}
