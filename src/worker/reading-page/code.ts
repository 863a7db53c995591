import { texts } from '../../texts/index.ts';
import { escapeHtml } from './escape.ts';
import { costOf, highlight } from './highlighter.mjs';

// A block of code on a reading page: its language, buttons and colours. Limits how much is highlighted; keeps nothing.

/** The highlighter's cost can grow with the square of a block and of a line; these limits keep it far under 0.1 s. */
const BLOCK_AT_MOST = 6_000;
const LINE_AT_MOST = 200;
/** The limit for all code on one page. */
const PAGE_AT_MOST = 18_000;
/** The narrowest phone shows this much on one line; shorter lines need no wrapping. */
const WRAPS = /[^\n]{35}/;
const LONG_LINE = new RegExp(`[^\\n]{${LINE_AT_MOST + 1}}`);

/**
 * `so.code` counts the highlighted characters on this page, weighted by the language's cost. The script shows the
 * buttons, because they need it.
 */
export function renderCodeBlock(code: string, info: string | undefined, so: { code: number }): string {
  if (code.trim() === '') return '';
  const language = /^[\w+#.-]{1,30}/.exec(info ?? '')?.[0] ?? '';
  return [
    '<figure class="code"><figcaption>',
    `<span>${escapeHtml(language)}</span>`,
    WRAPS.test(code)
      ? `<button type="button" data-do="wrap" aria-pressed="true" hidden>${texts.page.wrap}</button>`
      : '',
    `<button type="button" data-do="copy" hidden>${texts.page.copy}</button>`,
    `</figcaption><pre><code>${coloured(code, language, so)}</code></pre></figure>`,
  ].join('');
}

function coloured(code: string, info: string, so: { code: number }): string {
  const language = info.toLowerCase();
  if (language === '' || code.length > BLOCK_AT_MOST || LONG_LINE.test(code)) return escapeHtml(code);
  const cost = code.length * costOf(language);
  const html = cost <= BLOCK_AT_MOST && so.code + cost <= PAGE_AT_MOST ? highlight(code, language) : null;
  if (html === null) return escapeHtml(code);
  so.code += cost;
  return html;
}
