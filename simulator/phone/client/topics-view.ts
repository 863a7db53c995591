// The topics of a chat on Telegram, in a row below the header, and the dialog that makes or renames one.

import { createKeyedList, el, find, setText } from './dom.ts';
import type { State } from './state.ts';
import { isUnread, sameChat, topicsOf } from './state.ts';

/** `topic` null: the chat outside topics. */
type Tab = { topic: number | null; name: string; unread: number; isOpen: boolean };

type Port = {
  open(topic: number | undefined): void;
  make(name: string): Promise<number | undefined>;
  rename(topic: number, name: string): Promise<void>;
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
  let current: { id: number; name: string } | undefined;
  createDialog(port, () => current);
  let shown = '';

  return (state: State): void => {
    const { number, sender, topic: open } = state;
    const topics = topicsOf(state);
    row.hidden = topics.length === 0;
    current = topics.find(({ id }) => id === open);
    find('rename-topic', HTMLButtonElement).hidden = current === undefined;
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

type Wish = { title: string; button: string; name: string; done(name: string): Promise<void> };

function createDialog(port: Port, openTopic: () => { id: number; name: string } | undefined): void {
  const dialog = find('add-topic', HTMLDialogElement);
  const form = find('add-topic-form', HTMLFormElement);
  const field = find('topic-name', HTMLInputElement);
  const problem = find('topic-problem', HTMLElement);
  let wish: Wish | null = null;

  function complain(words: string): void {
    setText(problem, words);
    field.setAttribute('aria-invalid', String(words !== ''));
  }
  function ask(next: Wish): void {
    wish = next;
    find('more-ways', HTMLElement).hidePopover();
    setText(find('add-topic-title', HTMLElement), next.title);
    setText(find('name-topic', HTMLButtonElement), next.button);
    field.value = next.name;
    complain('');
    dialog.showModal();
    field.select();
  }
  find('make-topic', HTMLButtonElement).addEventListener('click', () => {
    const done = async (name: string): Promise<void> => {
      const topic = await port.make(name);
      if (topic !== undefined) port.open(topic);
    };
    ask({ title: 'New topic', button: 'Create', name: '', done });
  });
  find('rename-topic', HTMLButtonElement).addEventListener('click', () => {
    const { id, name } = openTopic() ?? {};
    if (id === undefined || name === undefined) return;
    ask({ title: 'Rename the topic', button: 'Rename', name, done: (wanted) => port.rename(id, wanted) });
  });
  find('cancel-add-topic', HTMLButtonElement).addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const wanted = field.value.trim();
    if (wanted === '') {
      complain('Type a name for the topic.');
      field.focus();
      return;
    }
    dialog.close();
    await wish?.done(wanted);
    port.focus();
  });
}
