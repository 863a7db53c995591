// What goes with the next text besides its words: the message it replies to, the mark of a forwarded one. And a place,
// which is a message of its own. Kept for the open phone only, and gone with a reload.

import type { Bubble, Extras } from '../phone-events.ts';
import { el, find, icon, setText } from './dom.ts';

export const NO_EXTRAS: Extras = { quoted: null, forwarded: false, place: null };

const SHOWN = 120;

export function createExtras(port: { sendPlace(extras: Extras): void; focus(): void }) {
  const strip = find('extras', HTMLElement);
  const menu = find('more-ways', HTMLElement);
  const forward = find('forwarded', HTMLButtonElement);
  const place = find('place', HTMLFormElement);
  const problem = find('place-problem', HTMLElement);
  let extras = NO_EXTRAS;

  function change(next: Extras): void {
    extras = next;
    forward.setAttribute('aria-pressed', String(extras.forwarded));
    strip.replaceChildren();
    if (extras.quoted) add(`Replying to: ${extras.quoted.text.slice(0, SHOWN)}`, 'Do not reply', { quoted: null });
    if (extras.forwarded) add('Sent as forwarded', 'Not forwarded', { forwarded: false });
    strip.hidden = strip.childElementCount === 0;
  }

  function add(words: string, undo: string, without: Partial<Extras>): void {
    const remove = el('button', { type: 'button', class: 'icon-button', 'aria-label': undo }, icon('close'));
    remove.addEventListener('click', () => {
      change({ ...extras, ...without });
      port.focus();
    });
    strip.append(el('p', {}, el('span', {}, words), remove));
  }

  forward.addEventListener('click', () => {
    change({ ...extras, forwarded: !extras.forwarded });
    menu.hidePopover();
    port.focus();
  });
  place.addEventListener('submit', (event) => {
    event.preventDefault();
    const fields = new FormData(place);
    const [latitude, longitude] = ['latitude', 'longitude'].map((name) => Number(fields.get(name) || Number.NaN));
    if (!(Math.abs(latitude ?? Number.NaN) <= 90 && Math.abs(longitude ?? Number.NaN) <= 180)) {
      setText(problem, 'Write latitude (-90 to 90) and longitude (-180 to 180) as numbers.');
      return;
    }
    setText(problem, '');
    const name = String(fields.get('place') ?? '').trim();
    menu.hidePopover();
    port.sendPlace({ ...extras, place: { name, latitude: latitude ?? 0, longitude: longitude ?? 0 } });
    change(NO_EXTRAS);
    port.focus();
  });

  return {
    reply({ sid, text }: Bubble): void {
      change({ ...extras, quoted: { sid, text: text || 'A photo, voice note or file' } });
      port.focus();
    },
    /** What goes with the text that is sent now. */
    take(): Extras {
      const taken = extras;
      change(NO_EXTRAS);
      return taken;
    },
    clear: (): void => change(NO_EXTRAS),
  };
}

/** Above the words of a bubble: what else it said. */
export function extrasView({ quoted, forwarded, place }: Extras): HTMLElement[] {
  const where =
    place && [place.name, `${place.latitude}, ${place.longitude}`].filter((part) => part !== '').join(' · ');
  return [
    ...(forwarded ? [el('p', { class: 'aside' }, 'Forwarded')] : []),
    ...(quoted ? [el('blockquote', {}, quoted.text.slice(0, SHOWN))] : []),
    ...(where ? [el('p', { class: 'aside' }, `Location: ${where}`)] : []),
  ];
}
