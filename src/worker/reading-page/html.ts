import type { MarkedToken, Token, Tokens } from 'marked';
import { createBoundedLexer } from '../../channels/markup/bounded-lexer.ts';
import { decodeEntities } from '../../channels/markup/entities.ts';
import { removeInternal } from '../../channels/markup/internal.ts';
import { NESTED_TOO_DEEP } from '../../channels/markup/text.ts';
import { texts } from '../../texts/index.ts';
import { renderCodeBlock } from './code.ts';
import { escapeHtml } from './escape.ts';

// An answer's Markdown as HTML for its reading page. Every tag written here is one of ours and every word of the answer
// is escaped, so nothing in an answer can run or load anything. Knows nothing of the page around it; keeps nothing.

/** A longer answer is shown as it was written. */
const FORMATTED_AT_MOST = 200_000;
/** Matches what `removeInternal` removes, and also inside code: telling code apart costs too much in a long text. */
const INTERNAL = /<internal\s*>[\s\S]*?(?:<\/internal\s*>|$)/gi;
const LINKED = ['http:', 'https:', 'mailto:'];

/** A heading as the table of contents shows it; `id` is the heading's in the HTML. */
export type Heading = { id: string; level: number; text: string };
export type RenderedAnswer = { html: string; source: string; headings: Heading[] };

export function renderAnswer(markdown: string): RenderedAnswer {
  const text = markdown.toWellFormed();
  const source = (text.length > FORMATTED_AT_MOST ? text.replace(INTERNAL, '') : removeInternal(text)).trim();
  const asWritten = { html: `<pre class="as-written">${escapeHtml(source)}</pre>`, headings: [] };
  return { source, ...(formatted(source) ?? asWritten) };
}

function formatted(source: string): Omit<RenderedAnswer, 'source'> | null {
  if (source.length > FORMATTED_AT_MOST || NESTED_TOO_DEEP.test(source)) return null;
  try {
    const so: Progress = { depths: [], headings: [], tables: 0, code: 0 };
    return { html: blocks(createBoundedLexer(source, undefined, true).lex(source), so), headings: so.headings };
  } catch {
    // When the parser fails, the words matter more than their looks.
    return null;
  }
}

/** The progress so far: open headings, all headings, tables, and characters of highlighted code. */
type Progress = { depths: number[]; headings: Heading[]; tables: number; code: number };

const blocks = (tokens: Token[], so: Progress): string =>
  (tokens as MarkedToken[])
    .map((token) => block(token, so))
    .filter((html) => html !== '')
    .join('\n');

function block(token: MarkedToken, so: Progress): string {
  switch (token.type) {
    case 'heading':
      return heading(token, so);
    case 'paragraph':
      return `<p>${inline(token.tokens)}</p>`;
    case 'text':
      return inline(token.tokens ?? [token]);
    case 'code':
      return renderCodeBlock(token.text, token.lang, so);
    case 'list':
      return list(token, so);
    case 'blockquote':
      return `<blockquote>\n${blocks(token.tokens, so)}\n</blockquote>`;
    case 'table':
      return table(token, so);
    case 'hr':
      return '<hr>';
    case 'space':
    case 'checkbox':
      return '';
    default:
      // HTML, and definitions of links: words like any others.
      return `<p class="as-written">${escapeHtml(token.raw.trim())}</p>`;
  }
}

/** Levels start below the page's own heading and skip none, whatever depths the answer uses. */
function heading({ depth, tokens }: Tokens.Heading, so: Progress): string {
  so.depths = [...so.depths.filter((open) => open < depth), depth];
  const level = Math.min(so.depths.length + 1, 6);
  const id = `part-${so.headings.length + 1}`;
  so.headings.push({ id, level, text: plain(tokens).trim() });
  return `<h${level} id="${id}">${inline(tokens)}</h${level}>`;
}

/** The words without marks and links. */
const plain = (tokens: Token[]): string =>
  (tokens as MarkedToken[])
    .map((token) => {
      if ('tokens' in token && token.tokens) return plain(token.tokens);
      return token.type === 'codespan' || !('text' in token)
        ? (token as { text?: string }).text
        : decodeEntities(token.text);
    })
    .join('');

function list(token: Tokens.List, so: Progress): string {
  const items = token.items.map((item) => {
    const label = item.checked ? texts.page.done : texts.page.open;
    const box = item.task ? `<span class="box" role="img" aria-label="${label}">${item.checked ? '✓' : ''}</span>` : '';
    return `<li${item.task ? ' class="task"' : ''}>${box}${blocks(item.tokens, so)}</li>`;
  });
  const start = token.ordered && token.start !== '' && token.start !== 1 ? ` start="${Number(token.start)}"` : '';
  const tag = token.ordered ? 'ol' : 'ul';
  return `<${tag}${start}>\n${items.join('\n')}\n</${tag}>`;
}

function table({ header, rows }: Tokens.Table, so: Progress): string {
  so.tables += 1;
  const cell = ({ tokens, align, header: isHead }: Tokens.TableCell): string => {
    const text = inline(tokens);
    const side = align === 'right' || align === 'center' ? ` class="${align}"` : '';
    // An empty header cell is a plain cell: a screen reader would announce it as a header.
    return isHead && text.trim() !== '' ? `<th scope="col"${side}>${text}</th>` : `<td${side}>${text}</td>`;
  };
  const row = (cells: Tokens.TableCell[]): string => `<tr>${cells.map(cell).join('')}</tr>`;
  return [
    `<div class="table" role="group" tabindex="0" aria-label="${texts.page.table(so.tables)}"><table>`,
    `<thead>${row(header)}</thead>`,
    `<tbody>${rows.map(row).join('\n')}</tbody>`,
    '</table></div>',
  ].join('\n');
}

function inline(tokens: Token[], inLink = false): string {
  let html = '';
  let before = '';
  for (const token of tokens as MarkedToken[]) {
    html += run(token, before, inLink);
    before = token.raw.slice(-1);
  }
  return html;
}

function run(token: MarkedToken, before: string, inLink: boolean): string {
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del': {
      const sign = token.raw.slice(0, token.type === 'strong' || token.raw.startsWith('~~') ? 2 : 1);
      const text = inline(token.tokens, inLink);
      // As in messages: 2*3*4 and 2**3 are formulas and ~5 is an estimate.
      if (sign === '~' || /[A-Za-z0-9)\]]/.test(before)) return `${sign}${text}${sign}`;
      return `<${token.type}>${text}</${token.type}>`;
    }
    case 'codespan':
      return `<code>${escapeHtml(token.text)}</code>`;
    case 'link':
      return link(token.href, inline(token.tokens, true), inLink);
    case 'image': {
      const words = decodeEntities(token.text).trim();
      return link(token.href, escapeHtml(words === '' ? decodeEntities(token.href) : words), inLink, texts.page.image);
    }
    case 'br':
      return '<br>';
    case 'html':
      return /^<br\s*\/?>$/i.test(token.raw) ? '<br>' : escapeHtml(token.raw);
    case 'text':
      return token.tokens ? inline(token.tokens, inLink) : escapeHtml(decodeEntities(token.text));
    case 'escape':
      return escapeHtml(token.text);
    case 'checkbox':
      return '';
    default:
      return escapeHtml(token.raw);
  }
}

/** `label` is HTML already. An address that a browser must not follow stays visible as text. */
function link(written: string, label: string, inLink: boolean, kind = ''): string {
  const address = decodeEntities(written);
  const shown = label.trim() === '' ? escapeHtml(address) : label;
  const words = kind === '' ? shown : `${kind}: ${shown}`;
  if (inLink) return words;
  const url = URL.parse(address);
  if (url && LINKED.includes(url.protocol)) {
    return `<a href="${escapeHtml(url.href)}" rel="noopener noreferrer nofollow">${words}</a>`;
  }
  return shown === escapeHtml(address) ? words : `${words} (${escapeHtml(address)})`;
}
