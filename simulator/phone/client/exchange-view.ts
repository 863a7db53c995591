// One exchange of the network log: a line that opens to show its fields, body and headers.

import type { Exchange } from '../phone-events.ts';
import { el, type Live, setText } from './dom.ts';
import type { Body } from './exchange.ts';
import { lineOf, nameOf, outcomeOf, plainText, readBody, wentWell } from './exchange.ts';

export function exchangeView(first: Exchange): Live<Exchange> {
  const summary = el('summary');
  const inside = el('div', { class: 'inside' });
  const details = el('details', {}, summary, inside);
  let shown: Exchange | null = null;

  const showInside = (): void => {
    if (details.open && shown) inside.replaceChildren(...insideOf(shown));
  };
  function show(exchange: Exchange): void {
    if (exchange === shown) return;
    shown = exchange;
    summary.replaceChildren(...lineView(exchange));
    showInside();
  }

  details.addEventListener('toggle', showInside);
  show(first);
  return { element: el('li', {}, details), show };
}

function lineView(exchange: Exchange): HTMLElement[] {
  const { note } = exchange;
  return [
    el('span', { class: `kind ${exchange.kind}` }, nameOf(exchange)),
    el('span', { class: wentWell(exchange) ? 'outcome' : 'outcome bad' }, outcomeOf(exchange)),
    el('code', { class: 'path' }, lineOf(exchange)),
    ...(note === null ? [] : [el('span', { class: 'note' }, note)]),
  ];
}

function insideOf(exchange: Exchange): HTMLElement[] {
  const { url, requestHeaders, requestBody, responseHeaders, responseBody } = exchange;
  const copy = el('button', { type: 'button', class: 'quiet' }, 'Copy');
  copy.addEventListener('click', () => void copyText(copy, plainText(exchange)));
  return [
    el('p', { class: 'address' }, el('code', {}, decoded(url)), copy),
    ...part('Request', requestHeaders, readBody(requestHeaders, requestBody)),
    ...part('Answer', responseHeaders, readBody(responseHeaders, responseBody)),
  ];
}

/** A decoded address, or the address as written if it cannot be decoded. */
function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

function part(title: string, headers: Record<string, string>, body: Body): HTMLElement[] {
  const lines = Object.entries(headers);
  return [
    el('h3', {}, title),
    ...(body.kind === 'form' ? [pairs(body.fields)] : []),
    ...(body.kind === 'text' ? [el('pre', { tabindex: '0' }, body.text)] : []),
    ...(body.kind === 'none' ? [el('p', { class: 'soft' }, 'No body')] : []),
    ...(lines.length > 0 ? [el('h4', {}, 'Headers'), pairs(lines)] : []),
  ];
}

const pairs = (entries: [string, string][]): HTMLElement =>
  el('dl', {}, ...entries.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));

async function copyText(button: HTMLButtonElement, text: string): Promise<void> {
  const done = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
  setText(button, done ? 'Copied' : 'Can’t copy here');
  setTimeout(() => setText(button, 'Copy'), 2000);
}
