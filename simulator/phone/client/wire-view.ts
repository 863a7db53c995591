// The drawer "What went over the wire": every exchange between the carrier and the product, newest on top.

import type { Exchange } from '../phone-events.ts';
import { createKeyedList, el, find, setText } from './dom.ts';
import type { Body } from './exchange.ts';
import { KIND_NAMES, matches, outcomeOf, pathOf, plainText, readBody, wentWell } from './exchange.ts';

const SHOWN = 200;
/** Narrower than this the drawer covers the page, so it takes the focus with it. */
const COVERS = '(max-width: 719px)';

export function createWireView() {
  const drawer = find('wire', HTMLDialogElement);
  const opener = find('open-wire', HTMLButtonElement);
  const kind = find('wire-kind', HTMLSelectElement);
  const search = find('wire-search', HTMLInputElement);
  const count = find('wire-count', HTMLElement);
  let exchanges: readonly Exchange[] = [];

  const showList = createKeyedList<Exchange>(find('exchanges', HTMLOListElement), ({ id }) => String(id), exchangeView);

  function show(): void {
    if (!drawer.open) return;
    const found = exchanges.filter((exchange) => matches(exchange, kind.value, search.value)).reverse();
    setText(count, countLabel(found.length, exchanges.length));
    showList(found.slice(0, SHOWN));
  }

  function open(): void {
    if (window.matchMedia(COVERS).matches) drawer.showModal();
    else drawer.show();
    opener.setAttribute('aria-expanded', 'true');
    show();
  }

  opener.addEventListener('click', () => (drawer.open ? drawer.close() : open()));
  find('close-wire', HTMLButtonElement).addEventListener('click', () => drawer.close());
  drawer.addEventListener('close', () => {
    opener.setAttribute('aria-expanded', 'false');
    opener.focus();
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && drawer.open) drawer.close();
  });
  kind.addEventListener('change', show);
  search.addEventListener('input', show);

  return (next: readonly Exchange[]): void => {
    if (next === exchanges) return;
    exchanges = next;
    show();
  };
}

function countLabel(found: number, all: number): string {
  if (all === 0) return 'Nothing yet: send a message.';
  return `${found === all ? all : `${found} of ${all}`} ${all === 1 ? 'exchange' : 'exchanges'}, newest first`;
}

function exchangeView(exchange: Exchange): HTMLElement {
  const { kind, method, url, at, note, requestHeaders, requestBody, responseHeaders, responseBody } = exchange;
  const copy = el('button', { type: 'button', class: 'quiet' }, 'Copy');
  copy.addEventListener('click', () => void copyText(copy, plainText(exchange)));
  const time = new Date(at).toLocaleTimeString('en-GB');
  return el(
    'li',
    { 'data-kind': kind },
    el(
      'details',
      {},
      el(
        'summary',
        {},
        el('span', { class: `kind ${kind}` }, KIND_NAMES[kind]),
        el('time', { datetime: new Date(at).toISOString() }, time),
        el('code', { class: 'path' }, `${method} ${pathOf(url)}`),
        el('span', { class: wentWell(exchange) ? 'outcome' : 'outcome bad' }, outcomeOf(exchange)),
        note !== null && el('span', { class: 'note' }, note),
      ),
      el('p', { class: 'address' }, el('code', {}, url), copy),
      ...part('Request', requestHeaders, readBody(requestHeaders, requestBody)),
      ...part('Answer', responseHeaders, readBody(responseHeaders, responseBody)),
    ),
  );
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
  setText(button, done ? 'Copied' : 'Copying is not allowed here');
  setTimeout(() => setText(button, 'Copy'), 2000);
}
