import type { AccountAnswer, AccountPage } from '../../objects/account-page.ts';
import { texts } from '../../texts/index.ts';
import { formPageHeaders } from '../form-page-headers.ts';
import { htmlPage } from '../html-page.ts';
import { escapeHtml } from '../reading-page/escape.ts';
import { BIRD } from '../reading-page/logo.ts';
import { STYLE } from './style.ts';

// The page where accounts are connected, and what browsers may do with it: its own style and a form, no script.

const { page } = texts.connections;
const GITHUB = 'github.com';

/** `next`: the origin that the form's answer leads to. */
export const accountHeaders = (next: string): Record<string, string> => formPageHeaders(STYLE, next);

/** `trouble`: why the token before wasn't accepted. The form never shows a typed token again. */
export function renderForm({ host, masked }: AccountPage, trouble: string | null): string {
  const words = page.form(host, masked);
  const isGitHub = host === GITHUB;
  const steps = isGitHub ? page.guide.steps : page.otherSteps;
  const field = (name: string, label: string, more: string): string =>
    `<label>${label}<input name="${name}" autocapitalize="off" autocorrect="off" spellcheck="false" ${more}></label>`;
  return documentOf(words.title, [
    `<h1>${escapeHtml(words.title)}</h1>`,
    `<p>${escapeHtml(words.text)}</p>`,
    bad(trouble),
    `<ol>${steps.map((step) => `<li>${escapeHtml(step)}</li>`).join('')}</ol>`,
    isGitHub
      ? `<a class="button other" href="${escapeHtml(page.guide.url)}" target="_blank" rel="noopener noreferrer">${page.guide.open}</a>`
      : '',
    '<form method="post">',
    isGitHub ? '' : field('user', words.user, 'autocomplete="off" maxlength="100"'),
    field('token', words.token, 'type="password" autocomplete="off" maxlength="1000" required'),
    `<button type="submit">${words.button}</button></form>`,
  ]);
}

export function renderApp({ masked }: AccountPage, trouble: string | null): string {
  const words = page.app(masked);
  return documentOf(words.title, [
    `<h1>${words.title}</h1>`,
    `<p>${escapeHtml(words.text)}</p>`,
    bad(trouble),
    `<form method="post"><button type="submit">${words.button}</button></form>`,
  ]);
}

export function renderInstall(url: string): string {
  const { title, text, button } = page.install;
  return documentOf(title, [
    `<h1>${title}</h1>`,
    `<p>${text}</p>`,
    `<a class="button" href="${escapeHtml(url)}">${button}</a>`,
  ]);
}

/** `linkTo`: the address that opens the chat with these words filled in, if there is one. */
export function renderDone(
  { login, host, code }: Extract<AccountAnswer, { code: string }>,
  linkTo: (words: string) => string | null,
): string {
  const { title, text, says, button } = page.done(login, host, code);
  const chat = linkTo(says);
  return documentOf(title, [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p>${escapeHtml(text)}</p>`,
    `<p class="says">${escapeHtml(says)}</p>`,
    chat === null ? '' : `<a class="button" href="${escapeHtml(chat)}" rel="noopener noreferrer">${button}</a>`,
  ]);
}

export const renderNotice = ({ title, text }: { title: string; text: string }): string =>
  documentOf(title, [`<h1>${escapeHtml(title)}</h1>`, `<p>${escapeHtml(text)}</p>`]);

const bad = (trouble: string | null): string =>
  trouble === null ? '' : `<p class="bad" role="alert">${escapeHtml(trouble)}</p>`;

function documentOf(title: string, parts: readonly string[]): string {
  const { product } = texts.page;
  return htmlPage(
    `${escapeHtml(title)} · ${product}`,
    STYLE,
    `<body>
<header class="product"><svg class="logo" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${BIRD}</svg><span>${product}</span></header>
<main>
${parts.filter((part) => part !== '').join('\n')}
</main>
</body>`,
  );
}
