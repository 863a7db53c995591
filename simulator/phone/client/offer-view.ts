// A message's choices: buttons below it, or one button that opens a list.

import type { Bubble } from '../phone-events.ts';
import { el, icon } from './dom.ts';

export type Tap = (sid: string, item: { id: string; title: string }) => void;

export function offerView(sid: string, offer: NonNullable<Bubble['offer']>, tap: Tap): HTMLElement {
  if (offer.kind === 'buttons') {
    return el('div', { class: 'choices' }, ...offer.items.map((item) => button(item.title, () => tap(sid, item))));
  }
  const id = `list-${sid}`;
  // The browser shows the list over the page. Escape, a tap beside it and the close button close it.
  const title = `${id}-title`;
  const sheet = el('div', { id, class: 'sheet', popover: 'auto', role: 'dialog', 'aria-labelledby': title });
  const close = el(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': 'Close', popovertarget: id, popovertargetaction: 'hide' },
    icon('close'),
  );
  const items = offer.items.map((item) => {
    const choose = button(item.title, () => {
      sheet.hidePopover();
      tap(sid, item);
    });
    return el('li', {}, choose, item.description !== null && el('small', {}, item.description));
  });
  sheet.append(el('header', {}, el('h2', { id: title }, offer.button), close), el('ul', {}, ...items));
  const opener = el('button', { type: 'button', class: 'quiet', popovertarget: id }, offer.button);
  return el('div', { class: 'choices' }, opener, sheet);
}

function button(title: string, act: () => void): HTMLElement {
  const made = el('button', { type: 'button', class: 'quiet' }, title);
  made.addEventListener('click', act);
  return made;
}
