// The list of commands that opens with "/": typing narrows the list, the arrow keys move in it, Enter or Tab chooses a
// command, Escape closes it. The product's own list of commands comes with the page's HTML.

import { fitting, typedCommand } from './commands.ts';
import { find, setText } from './dom.ts';

export function createCommandPicker(text: HTMLTextAreaElement) {
  const box = find('commands', HTMLElement);
  const list = find('command-list', HTMLUListElement);
  const told = find('commands-told', HTMLElement);
  const options = new Map([...list.querySelectorAll<HTMLElement>('li')].map((it) => [it.dataset.name ?? '', it]));
  const choices = [...options].map(([name, option]) => ({ name, words: option.textContent ?? '' }));
  let shown: string[] = [];
  let active = 0;
  /** The text at which Escape closed the list: it stays closed until the text changes. */
  let dismissed: string | null = null;

  function show(): void {
    const typed = typedCommand(text.value);
    if (text.value !== dismissed) dismissed = null;
    shown = typed === null || dismissed !== null ? [] : fitting(choices, typed);
    active = 0;
    box.hidden = shown.length === 0;
    setText(told, box.hidden ? '' : `${shown.length} ${shown.length === 1 ? 'command' : 'commands'}`);
    for (const [name, option] of options) option.hidden = !shown.includes(name);
    // Best first.
    list.append(...shown.flatMap((name) => options.get(name) ?? []));
    mark();
  }

  function mark(): void {
    for (const [name, option] of options) option.setAttribute('aria-selected', String(name === shown[active]));
    const option = options.get(shown[active] ?? '');
    if (option) text.setAttribute('aria-activedescendant', option.id);
    else text.removeAttribute('aria-activedescendant');
    option?.scrollIntoView({ block: 'nearest' });
  }

  function move(by: number): void {
    active = (active + by + shown.length) % shown.length;
    mark();
  }

  function take(name: string | undefined): void {
    const option = options.get(name ?? '');
    if (!option) return;
    text.value = `/${name}${option.dataset.words === 'yes' ? ' ' : ''}`;
    dismissed = text.value;
    text.dispatchEvent(new Event('input', { bubbles: true }));
    text.focus();
  }

  list.addEventListener('click', ({ target }) => {
    if (target instanceof Element) take(target.closest<HTMLElement>('li')?.dataset.name);
  });
  // The text keeps the focus, and with it a phone's keyboard stays open.
  list.addEventListener('pointerdown', (event) => event.preventDefault());

  return {
    show,
    /** Whether the list used the key. A complete command is sent rather than chosen again. */
    handles({ key, shiftKey }: KeyboardEvent): boolean {
      if (box.hidden || shiftKey) return false;
      if (key === 'ArrowDown') move(1);
      else if (key === 'ArrowUp') move(-1);
      else if (key === 'Tab') take(shown[active]);
      else if (key === 'Enter') {
        if (text.value.toLowerCase() === `/${shown[active]}`) return false;
        take(shown[active]);
      } else if (key === 'Escape') {
        dismissed = text.value;
        show();
      } else return false;
      return true;
    },
  };
}
