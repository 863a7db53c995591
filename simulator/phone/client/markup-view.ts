// Shows a parsed text as elements.

import { el } from './dom.ts';
import type { Block, Span } from './markup.ts';
import { parseMarkup } from './markup.ts';

const TAGS = { bold: 'strong', italic: 'em', strike: 's' } as const;

export function markupView(text: string): HTMLElement {
  return el('div', { class: 'markup' }, ...parseMarkup(text).map(blockView));
}

function blockView(block: Block): HTMLElement {
  switch (block.kind) {
    case 'code':
      return el('pre', {}, el('code', {}, block.text));
    case 'quote':
      return el('blockquote', {}, ...block.spans.map(spanView));
    case 'text':
      return el('p', { class: block.heading ? 'heading' : null }, ...block.spans.map(spanView));
    case 'bullets':
      return el('ul', {}, ...block.items.map(itemView));
    case 'numbers':
      return el('ol', { start: String(block.start) }, ...block.items.map(itemView));
  }
}

const itemView = (spans: Span[]): HTMLElement => el('li', {}, ...spans.map(spanView));

function spanView(span: Span): HTMLElement | string {
  switch (span.kind) {
    case 'plain':
      return span.text;
    case 'code':
      return el('code', {}, span.text);
    case 'link':
      return el('a', { href: span.href, target: '_blank', rel: 'noopener noreferrer' }, span.href);
    default:
      return el(TAGS[span.kind], {}, ...span.children.map(spanView));
  }
}
