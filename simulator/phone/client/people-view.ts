// The list of phones, each with its latest words and unread count, and the dialog that adds a phone.

import type { Bubble } from '../phone-events.ts';
import { createKeyedList, el, find, icon, setText } from './dom.ts';
import { firstWords } from './markup.ts';
import { displayNumber, parseNumber, readAddress } from './number.ts';
import type { Person, State } from './state.ts';
import { isTypingTo, lastOf, unreadOf } from './state.ts';
import { attachmentLabel, newestFirst, rowTime } from './timeline.ts';

type Row = {
  number: string;
  name: string;
  colour: number;
  /** `tick`: the status of the newest words, if they are the person's own. */
  preview: { text: string; tick: Bubble['state'] | null; typing: boolean };
  /** The channel of the newest words, where there are several. */
  channel: string | null;
  time: string;
  unread: number;
  open: boolean;
};

const COLOURS = 5;

export function createPeopleView(choose: (number: string) => void, add: (number: string, name: string) => void) {
  createAddDialog(add);
  const hint = find('people-hint', HTMLElement);
  const show = createKeyedList<Row>(
    find('people', HTMLUListElement),
    (row) => row.number,
    (row) => rowView(row, choose),
  );
  return (state: State, now: number): void => {
    const people = state.people.map((person, index) => ({ person, colour: index % COLOURS }));
    const rows = newestFirst(people, ({ person }) => lastOf(state, person.number)?.at ?? 0);
    show(rows.map(({ person, colour }) => rowOf(state, person, colour, now)));
    hint.hidden = state.bubbles.length > 0;
  };
}

function createAddDialog(add: (number: string, name: string) => void): void {
  const dialog = find('add-person', HTMLDialogElement);
  const form = find('add-person-form', HTMLFormElement);
  const number = find('new-number', HTMLInputElement);
  const name = find('new-name', HTMLInputElement);
  const problem = find('new-number-problem', HTMLElement);

  find('open-add-person', HTMLButtonElement).addEventListener('click', () => {
    form.reset();
    number.removeAttribute('aria-invalid');
    setText(problem, '');
    dialog.showModal();
    number.focus();
  });
  find('cancel-add-person', HTMLButtonElement).addEventListener('click', () => dialog.close());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const parsed = parseNumber(number.value);
    number.setAttribute('aria-invalid', String(parsed === null));
    if (parsed === null) {
      setText(problem, 'Enter the number with its country code, like +1 555 555 0142.');
      number.focus();
      return;
    }
    dialog.close();
    add(parsed, name.value.trim());
  });
}

function rowOf(state: State, { number, name }: Person, colour: number, now: number): Row {
  const last = lastOf(state, number);
  const typing = isTypingTo(state, number, now);
  return {
    number,
    name,
    colour,
    preview: { ...previewOf(last, name === '' ? '' : displayNumber(number)), typing },
    channel: last && state.senders.length > 1 ? readAddress(last.sender).channel : null,
    time: last ? rowTime(last.at, now) : '',
    unread: unreadOf(state, number),
    open: state.number === number,
  };
}

/** A phone without messages shows its number. */
function previewOf(last: Bubble | undefined, otherwise: string): { text: string; tick: Bubble['state'] | null } {
  if (!last) return { text: otherwise, tick: null };
  const [attachment] = last.attachments;
  const what = attachment ? attachmentLabel(attachment) : last.extras?.place ? 'Location' : '';
  const words = last.telegram ? (last.text.split('\n')[0] ?? '') : firstWords(last.text);
  return { text: (words || what).slice(0, 120), tick: last.mine ? last.state : null };
}

const TICKS: Record<Bubble['state'], string> = {
  underway: 'sending',
  sent: 'sent',
  delivered: 'delivered',
  read: 'delivered',
  failed: 'alert',
};

function rowView(row: Row, choose: (number: string) => void): HTMLElement {
  const { number, name, colour, preview, channel, time, unread, open } = row;
  const { text, tick, typing } = preview;
  const button = el(
    'button',
    { type: 'button', 'aria-current': open ? 'true' : null, 'data-number': number },
    el(
      'span',
      { class: `avatar colour-${colour}`, 'aria-hidden': 'true' },
      name.slice(0, 1).toUpperCase() || number.slice(-2),
    ),
    el('b', { class: 'who' }, name || displayNumber(number)),
    el('time', { class: unread > 0 ? 'fresh' : null }, time),
    el(
      'span',
      { class: 'preview' },
      channel !== null && el('span', { class: `channel ${channel.toLowerCase()}` }, channel),
      tick !== null && !typing && el('span', { class: `tick ${tick}` }, icon(TICKS[tick])),
      tick !== null && !typing && el('span', { class: 'for-ears' }, 'You: '),
      el('span', { class: typing ? 'words fresh' : 'words' }, typing ? 'typing …' : text),
    ),
    unread > 0 && el('span', { class: 'badge' }, String(unread), el('span', { class: 'for-ears' }, ' unread')),
  );
  button.addEventListener('click', () => choose(number));
  return el('li', {}, button);
}
