import type { MessageEntity } from '@grammyjs/types';
import type { Choice } from '../../conversation/state/offer.ts';
import { TELEGRAM } from './capabilities.ts';
import { TEXT_MAX } from './text.ts';

// A reply's choices as an inline keyboard, and how a message looks after a tap.

/** Telegram's limit for what a button sends back, in bytes of UTF-8. */
const DATA_BYTES_MAX = 64;
/** Short titles share a row. */
const ROW_CHARS = 24;
const ROW_BUTTONS = 3;

export type Button = { text: string; callback_data: string };
export type Keyboard = { inline_keyboard: Button[][] };

/** Null when there is nothing to choose, or more than Telegram shows. */
export function keyboardOf(items: readonly Choice[]): Keyboard | null {
  if (items.length === 0 || items.length > TELEGRAM.limits.choices || items.some(({ title }) => title.trim() === ''))
    return null;
  const rows: Button[][] = [];
  let chars = 0;
  items.forEach(({ id, title }, n) => {
    const button = { text: shorten(title), callback_data: dataOf(id, n) };
    chars += button.text.length;
    const row = rows.at(-1);
    if (row && row.length < ROW_BUTTONS && chars <= ROW_CHARS) row.push(button);
    else {
      rows.push([button]);
      chars = button.text.length;
    }
  });
  return { inline_keyboard: rows };
}

/** The choice's id, or `#n` for the n-th item of the reply's offer if the id is too long for a button. */
const dataOf = (id: string, n: number): string => (isData(id) && !id.startsWith('#') ? id : `#${n}`);

/** Whether a button of Telegram's can send this back. */
export const isData = (data: string): boolean =>
  data !== '' && data.length <= DATA_BYTES_MAX && new TextEncoder().encode(data).length <= DATA_BYTES_MAX;

function shorten(title: string): string {
  const points = [...title.toWellFormed()];
  const { title: most } = TELEGRAM.limits;
  return points.length <= most ? points.join('') : `${points.slice(0, most - 1).join('')}…`;
}

const NO_KEYBOARD: Keyboard = { inline_keyboard: [] };

/** The message after a tap: the keyboard is gone and the chosen title stands below. Null words stay as they are. */
export function messageAfter(
  title: string,
  { text, entities }: { text: string | null; entities: MessageEntity[] },
): { text?: string; entities?: MessageEntity[]; reply_markup: Keyboard } {
  const told = text === null ? '' : `${text}\n\n✓ ${shorten(title)}`;
  if (text === null || title === '' || told.length > TEXT_MAX) return { reply_markup: NO_KEYBOARD };
  return { text: told, entities, reply_markup: NO_KEYBOARD };
}
