// The topics of a chat on Telegram, in a row below the header, and the dialog that makes one.

import { createKeyedList, el, find, setText } from './dom.ts';
import type { State } from './state.ts';
import { isUnread, sameChat, topicsOf } from './state.ts';

/** `topic` null: the chat outside topics. */
type Tab = { topic: number | null; name: string; unread: number; isOpen: boolean };

type Port = {
  open(topic: number | undefined): void;
  make(name: string): Promise<number | undefined>;
  /** Back to the field for the next message. */
  focus(): void;
};

export function createTopicsView(port: Port) {
  const row = find('topics', HTMLElement);
  const showTabs = createKeyedList<Tab>(
    find('topic-list', HTMLUListElement),
    ({ topic }) => String(topic),
    (tab) => tabView(tab, port),
  );
  createDialog(port);
  let shown = '';

  return (state: State): void => {
    const { number, sender, topic: open } = state;
    const topics = topicsOf(state);
    row.hidden = topics.length === 0;
    const tabOf = (topic: number | null, name: string): Tab => {
      const chat = { number, sender, topic: topic ?? undefined };
      const unread = state.bubbles.filter((bubble) => isUnread(bubble) && sameChat(bubble, chat)).length;
      return { topic, name, unread, isOpen: open === chat.topic };
    };
    showTabs([tabOf(null, 'Chat'), ...topics.map(({ id, name }) => tabOf(id, name))]);
    // A new topic may be opened before the page has heard of it.
    const opened = `${number} ${sender} ${open ?? ''} ${topics.length}`;
    if (opened !== shown) row.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    shown = opened;
  };
}

function tabView({ topic, name, unread, isOpen }: Tab, port: Port): HTMLElement {
  const badge = el('span', { class: 'badge' }, String(unread), el('span', { class: 'for-ears' }, ' unread'));
  const button = el(
    'button',
    { type: 'button', 'aria-current': isOpen ? 'true' : null },
    el('span', { class: 'topic-name' }, name),
    unread > 0 && badge,
  );
  button.addEventListener('click', () => port.open(topic ?? undefined));
  return el('li', {}, button);
}

function createDialog(port: Port): void {
  const dialog = find('add-topic', HTMLDialogElement);
  const form = find('add-topic-form', HTMLFormElement);
  const name = find('topic-name', HTMLInputElement);
  const problem = find('topic-problem', HTMLElement);

  find('make-topic', HTMLButtonElement).addEventListener('click', () => {
    find('more-ways', HTMLElement).hidePopover();
    form.reset();
    complain('');
    dialog.showModal();
    name.focus();
  });
  function complain(words: string): void {
    setText(problem, words);
    name.setAttribute('aria-invalid', String(words !== ''));
  }
  find('cancel-add-topic', HTMLButtonElement).addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const wanted = name.value.trim();
    if (wanted === '') {
      complain('Type a name for the topic.');
      name.focus();
      return;
    }
    dialog.close();
    const topic = await port.make(wanted);
    if (topic !== undefined) port.open(topic);
    port.focus();
  });
}
