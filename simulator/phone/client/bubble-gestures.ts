// Touch gestures on a bubble, as in a messenger: swipe right to reply, hold for a small menu.

import { find } from './dom.ts';
import { openAt } from './popover.ts';

const HOLD_MS = 450;
/** A longer movement is no tap. */
const SLACK = 10;
const SWIPED = 56;

type Port = {
  reply(sid: string): void;
  copy(sid: string): void;
  edit(sid: string): void;
  remove(sid: string): void;
  /** The menu's further entries. */
  offers(sid: string): { edit: boolean; remove: boolean };
};

export function createBubbleGestures(log: HTMLElement, port: Port): void {
  const menu = find('bubble-menu', HTMLElement);
  let start: { bubble: HTMLElement; x: number; y: number } | null = null;
  let held = '';
  let timer = 0;

  function end(): void {
    clearTimeout(timer);
    start?.bubble.style.removeProperty('translate');
    start?.bubble.classList.remove('swiped');
    start = null;
  }

  function openFor(bubble: HTMLElement | undefined, x: number, y: number): void {
    held = bubble?.dataset.sid ?? '';
    end();
    const { edit, remove } = port.offers(held);
    find('bubble-edit', HTMLButtonElement).hidden = !edit;
    find('bubble-delete', HTMLButtonElement).hidden = !remove;
    openAt(menu, x, y);
  }

  log.addEventListener('pointerdown', ({ pointerType, isPrimary, target, clientX, clientY }) => {
    end();
    const element = target instanceof Element ? target : null;
    const bubble = element?.closest<HTMLElement>('.bubble[data-sid]');
    if (pointerType !== 'touch' || !isPrimary || !bubble || element?.closest('audio, video')) return;
    start = { bubble, x: clientX, y: clientY };
    timer = setTimeout(() => openFor(bubble, clientX, clientY), HOLD_MS);
  });
  log.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (!start) return;
    const [right, down] = [clientX - start.x, Math.abs(clientY - start.y)];
    if (Math.abs(right) > SLACK || down > SLACK) clearTimeout(timer);
    if (down > SLACK && down > right) return end();
    start.bubble.style.setProperty('translate', `${Math.max(0, Math.min(right, SWIPED + SLACK))}px`);
    start.bubble.classList.toggle('swiped', right >= SWIPED);
  });
  log.addEventListener('pointerup', ({ clientX }) => {
    const swiped = start && clientX - start.x >= SWIPED ? start.bubble.dataset.sid : undefined;
    end();
    if (swiped) port.reply(swiped);
  });
  log.addEventListener('pointercancel', end);
  // The browser's own way to close the menu would take the lifted finger for a tap beside it.
  document.addEventListener('pointerdown', ({ target }) => {
    if (menu.matches(':popover-open') && target instanceof Node && !menu.contains(target)) menu.hidePopover();
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') menu.hidePopover();
  });
  // A long press opens our menu, not the browser's; so do the right button and a keyboard's menu key.
  log.addEventListener('contextmenu', (event) => {
    const { target, clientX, clientY } = event;
    const isTouch = start !== null || menu.matches(':popover-open');
    const bubble = target instanceof Element ? target.closest<HTMLElement>('.bubble[data-sid]') : null;
    const isOther = target instanceof Element && target.closest('a, img, audio, video') !== null;
    if (isTouch || (bubble && !isOther)) event.preventDefault();
    if (isTouch || !bubble || isOther) return;
    openFor(bubble, clientX, clientY);
    find('bubble-reply', HTMLButtonElement).focus();
  });

  const acts = {
    'bubble-reply': port.reply,
    'bubble-copy': port.copy,
    'bubble-edit': port.edit,
    'bubble-delete': port.remove,
  };
  for (const [id, act] of Object.entries(acts))
    find(id, HTMLButtonElement).addEventListener('click', () => {
      menu.hidePopover();
      act(held);
    });
}
