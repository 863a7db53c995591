import { html } from 'hono/html';
import { ulid } from 'ulid';
import { operatorPage as words } from '../../../texts/operator-page.ts';

// The parts that views are made of. `html` escapes every value, so that nothing anybody wrote becomes markup.

export type Html = ReturnType<typeof html>;

export const section = (title: string, body: Html, note: string | null = null): Html =>
  html`<section><h2>${title}</h2>${note === null ? null : html`<p class="note">${note}</p>`}${body}</section>`;

/** A moment; the script shows it in the reader's zone. */
export function time(at: number | null): Html {
  if (at === null) return html`<span class="soft">${words.none}</span>`;
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

export type Tone = 'good' | 'bad' | 'warn' | 'calm';
export const tag = (text: string, tone: Tone = 'calm'): Html => html`<span class="tag ${tone}">${text}</span>`;

/** The end of an opaque id; the whole one for a program that copies it. */
export const shortId = (id: string): Html => html`<code title="${id}">…${id.slice(-6)}</code>`;

/** A session's id, which opens its transcript. `path`: the conversation's address. */
export const sessionLink = (id: string, path: string): Html =>
  html`<a href="${path}/sessions/${id}">${shortId(id)}</a>`;

/** A wait in milliseconds: `20 ms`, `1.8 s`, `42 s`, `3 min`, `5 h`. */
export function wait(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

type Cell = Html | string | number | null;
/** `number`: aligned at the end, with figures of one width. A column of buttons has no label. */
export type Column = { label: string; kind?: 'number' };
export const columns = (...labels: string[]): Column[] => labels.map((label) => ({ label }));
/** `href`: what Enter and a tap on the first cell open. */
export type Row = { cells: readonly Cell[]; href?: string; id?: string };

/**
 * On a phone each row is a card: the first cell is its title, the others have the columns' labels, and those of nothing
 * (null) are left out. `empty`: said when there are no rows.
 */
export function table(caption: string, columns: readonly Column[], rows: readonly Row[], empty: string): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const kind = (column: Column | undefined): string => (column?.kind === 'number' ? 'number' : '');
  const line = ({ cells, href, id }: Row): Html =>
    html`<tr data-row${id === undefined ? null : html` id="${id}"`}>${cells.map((cell, n) => {
      const shown = n === 0 && href !== undefined ? html`<a href="${href}">${cell}</a>` : cell;
      const classes = cell === null ? `${kind(columns[n])} none` : kind(columns[n]);
      return html`<td class="${classes}" data-label="${columns[n]?.label ?? ''}"><div>${shown ?? words.none}</div></td>`;
    })}</tr>`;
  return html`<div class="table"><table><caption class="for-ears">${caption}</caption><thead><tr>${columns.map(
    (column) =>
      column.label === '' ? html`<td></td>` : html`<th scope="col" class="${kind(column)}">${column.label}</th>`,
  )}</tr></thead><tbody>${rows.map(line)}</tbody></table></div>`;
}

/** A number with its name, for the top of a view. */
export const figure = (label: string, value: string | number, tone: Tone = 'calm'): Html =>
  html`<div class="figure ${tone}"><dt>${label}</dt><dd>${value}</dd></div>`;
export const figures = (all: readonly Html[]): Html => html`<dl class="figures">${all}</dl>`;

export type Fact = [label: string, value: Html | string | number | null | false];
/** What is known of something; what is empty is left out. */
export const facts = (all: readonly Fact[]): Html =>
  html`<dl class="facts">${all
    .filter(([, value]) => value !== null && value !== false && value !== '')
    .map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;

/**
 * A button that acts. `op` names the press, so that it acts once. `confirm`: what is asked before, where the action
 * can't be undone. `fields`: hidden values, and what `inside` has to fill in.
 */
export function action(
  to: string,
  label: string,
  {
    confirm,
    fields = {},
    inside = null,
  }: { confirm?: string; fields?: Record<string, string>; inside?: Html | null } = {},
): Html {
  const hidden = Object.entries({ op: ulid(), ...fields }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const asks = confirm === undefined ? null : html` data-confirm="${confirm}"`;
  return html`<form method="post" action="${to}"${asks}>${hidden}${inside}<button type="submit">${label}</button></form>`;
}

/** What a form asks for that shows or sends people's words; the audit keeps it. */
export const reasonField = (label: string): Html =>
  html`<label>${label} <input name="reason" required minlength="3" maxlength="200" autocomplete="off"></label>`;

/** A link to the next, older part of a list; null at its end. */
export const older = (href: string | null): Html | null =>
  href === null ? null : html`<p><a class="button" href="${href}" rel="next">${words.more}</a></p>`;
