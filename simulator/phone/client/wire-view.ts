// The network log: a row for each message with its exchanges, newest first, and rows for other calls.

import type { Exchange } from '../phone-events.ts';
import { createLiveList, el, find, icon, type Live, setText } from './dom.ts';
import { exchangeView } from './exchange-view.ts';
import { displayNumber } from './number.ts';
import type { State } from './state.ts';
import { type Group, groupExchanges, passes } from './wire-groups.ts';

const SHOWN = 200;
/** On a narrower page the drawer covers everything, so it takes the focus. */
const COVERS = '(max-width: 719px)';

export function createWireView() {
  const drawer = find('wire', HTMLDialogElement);
  const opener = find('open-wire', HTMLButtonElement);
  const search = find('wire-search', HTMLInputElement);
  const errors = find('wire-errors', HTMLInputElement);
  const polling = find('wire-polling', HTMLInputElement);
  const count = find('wire-count', HTMLElement);
  const list = find('wire-groups', HTMLOListElement);
  let state: State | null = null;

  const nameOf = (number: string): string =>
    state?.people.find((person) => person.number === number)?.name || displayNumber(number);
  const showList = createLiveList<Group>(
    list,
    ({ key }) => key,
    (group) => groupView(group, nameOf),
  );

  function show(): void {
    if (!drawer.open || !state) return;
    const groups = groupExchanges(state.exchanges, state.bubbles);
    const filter = { search: search.value, errors: errors.checked, polling: polling.checked };
    const found = groups.filter((group) => passes(group, filter));
    setText(count, countLabel(found, groups, filter.polling));
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
  // Beside the chat the drawer is no modal dialog, so Escape needs this handler.
  document.addEventListener('keydown', ({ key, defaultPrevented }) => {
    if (key === 'Escape' && drawer.open && !defaultPrevented) drawer.close();
  });
  for (const field of [search, errors, polling]) field.addEventListener('input', show);

  return (next: State): void => {
    const same = state?.exchanges === next.exchanges && state.bubbles === next.bubbles;
    state = next;
    if (!same) show();
  };
}

function countLabel(found: readonly Group[], all: readonly Group[], withPolling: boolean): string {
  if (all.length === 0) return 'Nothing yet. Send a message.';
  const messages = found.filter(({ kind }) => kind !== 'call').length;
  const calls = found.length - messages;
  const hidden = withPolling ? 0 : all.filter(({ polling }) => polling).length;
  return [
    counted(messages, 'message'),
    ...(calls > 0 ? [counted(calls, 'call')] : []),
    ...(hidden > 0 ? [`${hidden} polling hidden`] : []),
  ].join(' · ');
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const DIRECTIONS = { in: 'incoming', out: 'outgoing', call: 'wire' } as const;

/** A group's drawer. It renders its content only when it is opened. */
function groupView(first: Group, nameOf: (number: string) => string): Live<Group> {
  const summary = el('summary');
  const inside = el('ol', { class: 'exchanges' });
  const details = el('details', {}, summary, inside);
  const showExchanges = createLiveList<Exchange>(inside, ({ id }) => String(id), exchangeView);
  let group = first;
  let mark = '';

  const showInside = (): void => {
    if (details.open) showExchanges(group.exchanges);
  };
  function show(next: Group): void {
    group = next;
    const { exchanges, ...line } = next;
    const drawn = JSON.stringify([line, exchanges.length]);
    if (drawn !== mark) summary.replaceChildren(...rowOf(next, nameOf));
    mark = drawn;
    showInside();
  }

  details.addEventListener('toggle', showInside);
  show(first);
  return { element: el('li', {}, details), show };
}

function rowOf({ kind, title, number, at, outcome, failed, exchanges }: Group, nameOf: (number: string) => string) {
  const who = number === null ? '' : nameOf(number);
  const way = { in: `${who} to Roost`, out: `Roost to ${who}`, call: 'API call' }[kind];
  const calls = exchanges.length > 1 ? ` · ${exchanges.length} exchanges` : '';
  return [
    el('span', { class: `way ${kind}` }, icon(DIRECTIONS[kind])),
    el('span', { class: kind === 'call' ? 'title path' : 'title' }, title),
    el('time', { datetime: new Date(at).toISOString() }, new Date(at).toLocaleTimeString('en-GB')),
    el('small', {}, `${way}${calls}`),
    el('span', { class: failed ? 'outcome bad' : 'outcome' }, failed && icon('alert'), outcome),
  ];
}
