import { texts } from '../../texts/index.ts';
import { escapeHtml } from './escape.ts';
import { highlight } from './highlighter.ts';

// A block of code on a reading page: its language, buttons and colours. Limits how much is highlighted; keeps nothing.

/** How much code on one page is coloured. A span for each word makes a page many times as long as its code. */
const COLOURED_AT_MOST = 20_000;
/** The narrowest phone shows this much on one line; shorter lines need no wrapping. */
const WRAPS = /[^\n]{35}/;

/** `so.code` counts the coloured characters on this page. The script shows the buttons, because they need it. */
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
  const html = so.code + code.length <= COLOURED_AT_MOST ? highlight(code, info.toLowerCase()) : null;
  if (html === null) return escapeHtml(code);
  so.code += code.length;
  return html;
}
