import type { MessageEntity } from '@grammyjs/types';
import { Refusal } from './refusals.ts';

// The entities of a text: checked as given, and those that Telegram finds itself. Offsets are UTF-16 units. Pure.

export type FormattedText = { text: string; entities: MessageEntity[] };

const STYLES = ['bold', 'italic', 'underline', 'strikethrough', 'spoiler'];
const QUOTES = ['blockquote', 'expandable_blockquote'];
/** Bots may send these; Telegram finds links, mentions and commands by itself. */
const KNOWN = [...STYLES, ...QUOTES, 'code', 'pre', 'text_link', 'url', 'mention', 'hashtag', 'bot_command', 'email'];
/** Telegram shows only the first hundred. Here more are refused, so that no formatting is lost in silence. */
const MOST = 100;

const end = ({ offset, length }: MessageEntity): number => offset + length;
const isHalf = (text: string, at: number): boolean =>
  at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff;

function checkBounds(text: string, { type, offset, length }: MessageEntity): void {
  if (!KNOWN.includes(type)) throw new Refusal('entities', `type ${type} is not played here`);
  if (offset < 0 || length < 1) throw new Refusal('entities', `${type} has a wrong offset or length`);
  const where = `entity beginning at UTF-16 offset ${offset} ends`;
  if (offset + length > text.length)
    throw new Refusal('entities', `${where} after the end of the text at UTF-16 offset ${offset + length}`);
  if (isHalf(text, offset) || isHalf(text, offset + length))
    throw new Refusal('entities', `${where} or begins in the middle of a UTF-16 symbol`);
}

/** Whether `inner` may be inside `outer`. */
function mayHold(outer: MessageEntity, inner: MessageEntity): boolean {
  if (outer.type === 'code' || outer.type === 'pre') return false;
  if (inner.type === 'code' || inner.type === 'pre') return QUOTES.includes(outer.type);
  if (QUOTES.includes(inner.type)) return !QUOTES.includes(outer.type);
  if (QUOTES.includes(outer.type) || STYLES.includes(outer.type) || STYLES.includes(inner.type)) return true;
  return false;
}

/** Sorted, outer ones first. Throws a Refusal for entities that are out of bounds, cross, or may not hold each other. */
export function checkEntities(text: string, given: readonly MessageEntity[]): MessageEntity[] {
  if (given.length > MOST) throw new Refusal('entities', `more than ${MOST} entities`);
  for (const entity of given) checkBounds(text, entity);
  const sorted = [...given].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const open: MessageEntity[] = [];
  for (const entity of sorted) {
    while (open.length > 0 && end(open.at(-1)!) <= entity.offset) open.pop();
    for (const outer of open) {
      if (end(entity) > end(outer))
        throw new Refusal('entities', `${entity.type} at ${entity.offset} crosses ${outer.type} at ${outer.offset}`);
      const same = outer.offset === entity.offset && outer.length === entity.length;
      if (!mayHold(outer, entity) && !(same && mayHold(entity, outer)))
        throw new Refusal('entities', `${entity.type} at ${entity.offset} is inside ${outer.type}`);
    }
    open.push(entity);
  }
  return sorted;
}

/** Without white space at both ends, as Telegram keeps texts. Entities that become empty go. */
export function trimmed({ text, entities }: FormattedText): FormattedText {
  const whole = text.trim();
  const cut = text.length - text.trimStart().length;
  return {
    text: whole,
    entities: entities.flatMap((entity) => {
      const from = Math.max(0, entity.offset - cut);
      const to = Math.min(whole.length, end(entity) - cut);
      return to > from ? [{ ...entity, offset: from, length: to - from }] : [];
    }),
  };
}

const FOUND: readonly [type: 'url' | 'bot_command' | 'email', pattern: RegExp][] = [
  ['bot_command', /(?<![\w/<>@])\/[a-zA-Z0-9_]{1,32}(?:@\w{3,32})?(?![\w/])/g],
  ['url', /https?:\/\/[^\s<>"]{1,2000}[^\s<>".,;:!?)\]]/g],
];

/** With the commands and links that Telegram finds outside the other entities. */
export function withFound({ text, entities }: FormattedText): FormattedText {
  const found = FOUND.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)].map((match) => ({ type, offset: match.index, length: match[0].length })),
  );
  const taken = entities.filter(({ type }) => !STYLES.includes(type) && !QUOTES.includes(type));
  const free = found.filter((one) => !taken.some((other) => one.offset < end(other) && other.offset < end(one)));
  return { text, entities: [...entities, ...free].sort((a, b) => a.offset - b.offset || b.length - a.length) };
}
