import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import { operatorPage as words } from '../../../texts/operator-page.ts';
import type { AppEnv } from '../../configuration.ts';
import { BIRD } from '../../reading-page/logo.ts';
import type { Operator } from '../operator.ts';
import { VIEW_NAMES } from './names.ts';
import type { Html } from './parts.ts';

// The frame around each view: who is logged in, the other views, and what the last action did. With the header
// `x-part: main` only the view itself is sent, for the script that keeps a page up to date.

const LOGO = raw(`<svg class="logo" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${BIRD}</svg>`);

type C = Context<AppEnv>;
export type ViewName = keyof typeof VIEW_NAMES;
type Page = { title: string; view: ViewName; operator: Operator; main: Html };

/** Answers with a view. */
export async function showPage(c: C, { title, view, main }: Omit<Page, 'operator'>): Promise<Response> {
  c.header('vary', 'x-part');
  const inside = html`<h1>${title}</h1>${toldIn(c)}${main}`;
  if (c.req.header('x-part') === 'main') return c.html(inside);
  return c.html(renderPage({ title, view, operator: c.get('operator'), main: inside }));
}

/** After an action: back to a view, which says what was done. */
export const goTo = (c: C, path: string, told: keyof typeof words.told): Response =>
  c.redirect(`${path}${path.includes('?') ? '&' : '?'}told=${told}`, 303);

function toldIn(c: C): Html | null {
  const told = c.req.query('told') ?? '';
  const text = Object.hasOwn(words.told, told) ? words.told[told as keyof typeof words.told] : null;
  return text === null ? null : html`<p class="told" role="status">${text}</p>`;
}

function renderPage({ title, view, operator, main }: Page): Html {
  const links = Object.entries(VIEW_NAMES).map(([name, { title: label, key }]) => {
    const current = name === view ? html` aria-current="page"` : null;
    return html`<a href="/operator/${name}" data-key="${key}"${current}>${label}</a>`;
  });
  return documentOf(
    title,
    html`<a class="skip" href="#main">${words.skip}</a>
<header><a class="home" href="/operator">${LOGO}${words.product}</a><nav aria-label="${words.views}">${links}</nav>
<div class="who"><span>${nameOf(operator)}</span>${
      operator.session === null
        ? null
        : html`<form method="post" action="/operator/logout"><button type="submit">${words.logOut}</button></form>`
    }</div></header>
<p id="live" role="status" hidden></p>
<main id="main" tabindex="-1">${main}</main>
<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">${words.helpTitle}</h2><dl>${words.keys.map(
      ([key, does]) => html`<dt><kbd>${key}</kbd></dt><dd>${does}</dd>`,
    )}</dl><form method="dialog"><button>${words.close}</button></form></dialog>
<dialog id="confirm" aria-labelledby="confirm-title"><h2 id="confirm-title"></h2><form method="dialog"><button value="no">${words.cancel}</button><button value="yes" class="danger"></button></form></dialog>`,
  );
}

const nameOf = ({ id, name }: Operator): string => name ?? (id === 'operator' ? words.tokenHolder : words.unnamed);

/** A page without views, for whoever isn't logged in. */
export const renderNotice = ({ title, text }: { title: string; text: string }): Html =>
  documentOf(
    title,
    html`<main class="notice"><a class="home" href="/operator">${LOGO}${words.product}</a><h1>${title}</h1><p>${text}</p></main>`,
  );

/** `about`: the person. `button`: its label. `back`: the address of Cancel. `fields`: those of the press. */
export type Question = {
  text: string;
  about?: string | null;
  button: string;
  back: string;
  fields: readonly { name: string; value: string }[];
};

/** A page with a question, whose button sends the same press again as confirmed. */
export const renderQuestion = ({ text, about = null, button, back, fields }: Question): Html =>
  documentOf(
    button,
    html`<main class="notice"><p class="home">${LOGO}${words.product}</p><h1>${text}</h1>${about === null ? null : html`<p>${about}</p>`}
<form method="post">${[...fields, { name: 'sure', value: 'yes' }].map(
      ({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">`,
    )}<button type="submit" class="main danger">${button}</button> <a class="button" href="${back}">${words.cancel}</a></form></main>`,
  );

/** The page of a login link, whose button posts to the link's own address. */
export const renderLogin = (who: string): Html =>
  documentOf(
    words.welcome.title,
    html`<main class="notice"><p class="home">${LOGO}${words.product}</p><h1>${words.welcome.title}</h1><p>${words.welcome.text(who)}</p>
<form method="post"><button type="submit" class="main">${words.welcome.button}</button></form></main>`,
  );

const documentOf = (title: string, body: Html): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">
<title>${title} · ${words.product}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/operator/operator.css">
<script src="/operator/operator.js" defer></script>
</head>
<body>${body}</body>
</html>
`;
