// The extras of the next text: the message it replies to, or the mark of a forwarded text. Also sends a place, as a
// separate message. Kept only for the open phone, and lost on reload.

import type { Bubble, Extras } from '../phone-events.ts';
import { el, find, icon, setText } from './dom.ts';
import { plainWords } from './markup.ts';
import { openAbove } from './popover.ts';

export const NO_EXTRAS: Extras = { quoted: null, forwarded: false, place: null };

const SHOWN = 200;

type Port = {
  sendPlace(extras: Extras): void;
  focus(): void;
  /** Puts words in the field. */
  write(text: string): void;
};

export function createExtras(port: Port) {
  const strip = find('extras', HTMLElement);
  const menu = find('more-ways', HTMLElement);
  const forward = find('forwarded', HTMLButtonElement);
  const form = find('place', HTMLFormElement);
  const edit = find('edit-place', HTMLButtonElement);
  const problem = find('place-problem', HTMLElement);
  let extras = NO_EXTRAS;
  /** The message that the next text replaces. */
  let edited: Bubble | null = null;

  function change(next: Extras, editing: Bubble | null = null): void {
    extras = next;
    edited = editing;
    forward.setAttribute('aria-pressed', String(extras.forwarded));
    strip.replaceChildren();
    const { quoted } = extras;
    if (quoted) {
      const whose = `Replying to ${quoted.mine ? 'yourself' : 'Roost'}`;
      add(whose, plainWords(quoted.text).slice(0, SHOWN), 'Cancel the reply', { quoted: null });
    }
    if (edited) add('Editing', edited.text.slice(0, SHOWN), 'Cancel the edit', {});
    if (extras.forwarded)
      add('Forwarded', 'Your next message will be marked as forwarded', 'Not forwarded', { forwarded: false });
    strip.hidden = strip.childElementCount === 0;
  }

  function add(title: string, words: string, undo: string, without: Partial<Extras>): void {
    const remove = el('button', { type: 'button', class: 'icon-button', 'aria-label': undo }, icon('close'));
    remove.addEventListener('click', () => {
      if (edited) port.write('');
      change({ ...extras, ...without });
      port.focus();
    });
    strip.append(el('p', {}, el('span', {}, el('b', {}, title), el('span', {}, words)), remove));
  }

  /** The place in the form; null, with a message in the form, if it is invalid. */
  function placeWritten(): Extras['place'] {
    const fields = new FormData(form);
    const [latitude, longitude] = ['latitude', 'longitude'].map((name) => Number(fields.get(name) || Number.NaN));
    if (!(Math.abs(latitude ?? Number.NaN) <= 90 && Math.abs(longitude ?? Number.NaN) <= 180)) {
      setText(problem, 'Enter the latitude (-90 to 90) and longitude (-180 to 180) as numbers.');
      editPlace(true);
      return null;
    }
    setText(problem, '');
    return { name: String(fields.get('place') ?? '').trim(), latitude: latitude ?? 0, longitude: longitude ?? 0 };
  }

  function sharePlace(): void {
    const place = placeWritten();
    if (!place) return;
    menu.hidePopover();
    port.sendPlace({ ...extras, place });
    change(NO_EXTRAS);
    port.focus();
  }

  function editPlace(open: boolean): void {
    form.hidden = !open;
    edit.setAttribute('aria-expanded', String(open));
    if (open) find('place-name', HTMLInputElement).focus();
  }

  openAbove(menu, find('more', HTMLButtonElement));
  menu.addEventListener('toggle', () => editPlace(false));
  edit.addEventListener('click', () => editPlace(edit.getAttribute('aria-expanded') !== 'true'));
  find('share-place', HTMLButtonElement).addEventListener('click', sharePlace);
  form.addEventListener('input', () => {
    const name = find('place-name', HTMLInputElement).value.trim();
    setText(find('place-label', HTMLElement), name);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    sharePlace();
  });
  forward.addEventListener('click', () => {
    change({ ...extras, forwarded: !extras.forwarded });
    menu.hidePopover();
    port.focus();
  });

  return {
    reply({ sid, text, mine }: Bubble): void {
      change({ ...extras, quoted: { sid, text: text || 'A photo, voice note or file', mine } });
      port.focus();
    },
    edit(bubble: Bubble): void {
      change(NO_EXTRAS, bubble);
      port.write(bubble.text);
      port.focus();
    },
    /** The message that the text being sent replaces. */
    takeEdited(): Bubble | null {
      const taken = edited;
      if (taken) change(NO_EXTRAS);
      return taken;
    },
    /** The extras of the text being sent. */
    take(): Extras {
      const taken = extras;
      change(NO_EXTRAS);
      return taken;
    },
    /** Whether there was anything to remove. */
    clear(): boolean {
      const had = extras !== NO_EXTRAS || edited !== null;
      if (edited) port.write('');
      change(NO_EXTRAS);
      return had;
    },
  };
}

/** The extras above the words of a bubble. */
export function extrasView({ quoted, forwarded, place }: Extras, jump: (sid: string) => void): HTMLElement[] {
  return [
    ...(forwarded ? [el('p', { class: 'aside' }, icon('forward'), 'Forwarded')] : []),
    ...(quoted ? [quoteView(quoted, jump)] : []),
    ...(place ? [placeView(place)] : []),
  ];
}

function quoteView({ sid, text, mine }: NonNullable<Extras['quoted']>, jump: (sid: string) => void): HTMLElement {
  const words = plainWords(text).slice(0, SHOWN);
  const button = el('button', { type: 'button' }, el('b', {}, mine ? 'You' : 'Roost'), el('span', {}, words));
  button.addEventListener('click', () => jump(sid));
  return el('blockquote', { class: 'quoted' }, button);
}

function placeView({ name, latitude, longitude }: NonNullable<Extras['place']>): HTMLElement {
  const where = `${latitude}, ${longitude}`;
  return el(
    'p',
    { class: 'file' },
    el('span', { class: 'file-kind' }, icon('pin')),
    el('span', { class: 'file-name' }, el('b', {}, name || 'Location'), el('small', {}, where)),
  );
}
