// The list of phones: whom one can be, the newest words of each, what is unread there, and a form for one more.

import { createKeyedList, el, find, setText } from './dom.ts';
import { firstWords } from './markup.ts';
import { displayNumber, parseNumber } from './number.ts';
import type { Person, State } from './state.ts';
import { lastOf, unreadOf } from './state.ts';
import { clockTime } from './timeline.ts';

type Row = {
  number: string;
  name: string;
  colour: number;
  preview: string;
  time: string;
  unread: number;
  open: boolean;
};

const COLOURS = 5;

export function createPeopleView(choose: (number: string) => void, add: (number: string, name: string) => void) {
  const form = find('add-person', HTMLFormElement);
  const number = find('new-number', HTMLInputElement);
  const name = find('new-name', HTMLInputElement);
  const problem = find('new-number-problem', HTMLElement);

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const parsed = parseNumber(number.value);
    number.setAttribute('aria-invalid', String(parsed === null));
    if (parsed === null) {
      setText(problem, 'Write the number with its country code, like +1 555 555 0142.');
      number.focus();
      return;
    }
    add(parsed, name.value.trim());
    form.reset();
    setText(problem, '');
  });

  const show = createKeyedList<Row>(
    find('people', HTMLUListElement),
    (row) => row.number,
    (row) => rowView(row, choose),
  );
  return (state: State): void => show(state.people.map((person, index) => rowOf(state, person, index % COLOURS)));
}

function rowOf(state: State, { number, name }: Person, colour: number): Row {
  const last = lastOf(state, number);
  const words = last ? firstWords(last.text) || 'Attachment' : 'No messages yet';
  return {
    number,
    name,
    colour,
    preview: `${last?.mine ? 'You: ' : ''}${words.slice(0, 80)}`,
    time: last ? clockTime(last.at) : '',
    unread: unreadOf(state, number),
    open: state.number === number,
  };
}

function rowView(row: Row, choose: (number: string) => void): HTMLElement {
  const { number, name, colour, preview, time, unread, open } = row;
  const button = el(
    'button',
    { type: 'button', 'aria-current': open ? 'true' : null, 'data-number': number },
    el(
      'span',
      { class: `avatar colour-${colour}`, 'aria-hidden': 'true' },
      name.slice(0, 1).toUpperCase() || number.slice(-2),
    ),
    el(
      'span',
      { class: 'who' },
      el('b', {}, name || displayNumber(number)),
      name !== '' && el('small', {}, displayNumber(number)),
      el('small', { class: 'preview' }, preview),
    ),
    el(
      'span',
      { class: 'side' },
      el('time', {}, time),
      unread > 0 && el('span', { class: 'badge' }, String(unread), el('span', { class: 'for-ears' }, ' unread')),
    ),
  );
  button.addEventListener('click', () => choose(number));
  return el('li', {}, button);
}
