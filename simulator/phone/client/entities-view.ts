// Shows a Telegram text with its entities as elements. They nest and never cross.

import type { TelegramMarks } from '../../twilio/carrier-types.ts';
import { el } from './dom.ts';

type Entity = TelegramMarks['entities'][number];

const TAGS: Readonly<Record<string, 'strong' | 'em' | 'u' | 's' | 'code' | 'pre' | 'blockquote'>> = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strikethrough: 's',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  expandable_blockquote: 'blockquote',
};

export function entitiesView(text: string, entities: readonly Entity[]): HTMLElement {
  return el('div', { class: 'markup' }, el('p', {}, ...runs(text, entities, 0, text.length)));
}

/** The part of the text between two offsets, with the outermost entities as elements. */
function runs(text: string, entities: readonly Entity[], from: number, to: number): (HTMLElement | string)[] {
  const [first, ...others] = entities;
  if (!first) return from < to ? [text.slice(from, to)] : [];
  const end = first.offset + first.length;
  const inside = others.filter(({ offset }) => offset < end);
  return [
    text.slice(from, first.offset),
    elementOf(first, text.slice(first.offset, end), runs(text, inside, first.offset, end)),
    ...runs(text, others.slice(inside.length), end, to),
  ];
}

function elementOf({ type, url }: Entity, words: string, children: (HTMLElement | string)[]): HTMLElement {
  const href = type === 'url' ? words : url;
  if (href !== undefined && /^https?:\/\//.test(href))
    return el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, ...children);
  return el(TAGS[type] ?? 'span', {}, ...children);
}
