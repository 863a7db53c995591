import { html } from 'hono/html';

// The frame of every page: the account you use, and a link back. There are no scripts: each button is a form.

export type Html = ReturnType<typeof html>;

export type Frame = {
  title: string;
  people: readonly string[];
  me: string;
  /** Where to come back to as another person; null for the answer to a form, which has no address of its own. */
  here: string | null;
  back?: { to: string; name: string };
};

export const frame = ({ title, people, me, here, back }: Frame, body: Html | Promise<Html>) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · GitHub stand-in</title>
    <link rel="stylesheet" href="/_style.css" />
  </head>
  <body>
    <header>
      <a class="home" href="/github.com">GitHub stand-in</a>
      ${here === null ? html`<span>You are ${me}</span>` : whoForm(people, me, here)}
    </header>
    <main>
      ${back ? html`<p class="back"><a href="${back.to}">‹ ${back.name}</a></p>` : ''}
      <h1>${title}</h1>
      ${body}
    </main>
  </body>
</html>`;

const whoForm = (people: readonly string[], me: string, here: string) => html`<form method="post" action="/_me">
        <input type="hidden" name="path" value="${here}" />
        <label>You are <select name="person">${people.map((one) => html`<option ${one === me ? 'selected' : ''}>${one}</option>`)}</select></label>
        <button>Change</button>
      </form>`;

/** A button that posts these fields. */
export const press = (action: string, name: string, fields: Readonly<Record<string, string>> = {}, kind = '') =>
  html`<form method="post" action="${action}">${Object.entries(fields).map(([field, value]) => html`<input type="hidden" name="${field}" value="${value}" />`)}<button class="${kind}">${name}</button></form>`;

export const badge = (word: string) =>
  html`<span class="badge ${word.toLowerCase().replaceAll(/[^a-z]+/g, '-')}">${word}</span>`;

const MINUTE = 60_000;

export function ago(now: number, then: number): string {
  const minutes = Math.round((now - then) / MINUTE);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h ago`;
  return `${Math.round(minutes / 60 / 24)} days ago`;
}
