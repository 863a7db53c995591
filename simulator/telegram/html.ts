import type { MessageEntity } from '@grammyjs/types';
import type { FormattedText } from './entities.ts';
import { Refusal } from './refusals.ts';

// parse_mode HTML: text with tags becomes text with entities. Pure and linear.

type Style = 'bold' | 'italic' | 'underline' | 'strikethrough' | 'spoiler' | 'code';
const STYLES: Readonly<Record<string, Style>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  'tg-spoiler': 'spoiler',
};
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };
const TOKEN =
  /<(\/?)([a-zA-Z-]*)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*>|&(#\d{1,7}|#x[0-9a-fA-F]{1,6}|lt|gt|amp|quot);|<|[^<&]+|&/g;

type Open = { tag: string; attributes: Map<string, string>; at: number };

const attributesOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/([a-zA-Z-]+)(?:="([^"]*)")?/g)].map(([, name = '', value = '']) => [name, value]));

function character(reference: string): string {
  if (!reference.startsWith('#')) return NAMED[reference] ?? '';
  const code = reference.startsWith('#x') ? Number.parseInt(reference.slice(2), 16) : Number(reference.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

function entityOf({ tag, attributes, at }: Open, length: number, text: string): MessageEntity | null {
  const range = { offset: at, length };
  const style = STYLES[tag];
  if (style) return { type: style, ...range };
  if (tag === 'span') return { type: 'spoiler', ...range };
  if (tag === 'pre') return { type: 'pre', ...range };
  if (tag === 'blockquote')
    return { type: attributes.has('expandable') ? 'expandable_blockquote' : 'blockquote', ...range };
  const url = attributes.get('href') || text.slice(at);
  return URL.canParse(url) ? { type: 'text_link', ...range, url } : null;
}

function isSupported(tag: string, attributes: Map<string, string>): boolean {
  if (tag === 'span') return attributes.get('class') === 'tg-spoiler';
  return tag in STYLES || ['a', 'pre', 'blockquote'].includes(tag);
}

/** Throws a Refusal for tags that are unknown, unclosed or crossed. */
export function parseHtml(html: string): FormattedText {
  let text = '';
  const entities: MessageEntity[] = [];
  const open: Open[] = [];
  const offset = (at: number): string => `at byte offset ${Buffer.byteLength(html.slice(0, at))}`;
  for (const match of html.matchAll(TOKEN)) {
    const [whole, slash, name, rest = '', reference] = match;
    if (reference !== undefined) text += character(reference);
    else if (name === undefined && whole !== '<') text += whole;
    else if (!name) throw new Refusal('entities', `unsupported start tag "" ${offset(match.index)}`);
    else if (slash) {
      const started = open.pop();
      if (!started) throw new Refusal('entities', `unexpected end tag ${offset(match.index)}`);
      if (started.tag !== name.toLowerCase())
        throw new Refusal(
          'entities',
          `unmatched end tag ${offset(match.index)}, expected "</${started.tag}>", found "</${name}>"`,
        );
      close(started);
    } else {
      const attributes = attributesOf(rest);
      const tag = name.toLowerCase();
      if (!isSupported(tag, attributes))
        throw new Refusal('entities', `unsupported start tag "${tag}" ${offset(match.index)}`);
      open.push({ tag, attributes, at: text.length });
    }
  }
  const left = open.at(-1);
  if (left) throw new Refusal('entities', `can't find end tag corresponding to start tag "${left.tag}"`);
  return { text, entities };

  function close(started: Open): void {
    const length = text.length - started.at;
    const language = /^language-(.+)$/.exec(started.attributes.get('class') ?? '')?.[1];
    const outer = open.at(-1);
    // The code inside pre only names the language.
    if (started.tag === 'code' && outer?.tag === 'pre' && outer.at === started.at) {
      if (language !== undefined) outer.attributes.set('language', language);
      return;
    }
    const entity = length > 0 ? entityOf(started, length, text) : null;
    const named = started.attributes.get('language');
    if (entity) entities.push(entity.type === 'pre' && named !== undefined ? { ...entity, language: named } : entity);
  }
}
