// Touch gestures on a bubble, as in a messenger: swipe right to reply, hold for a small menu.

import { find } from './dom.ts';
import { openAt } from './popover.ts';

const HOLD_MS = 450;
/** A longer movement is no tap. */
const SLACK = 10;
const SWIPED = 56;

type Port = { reply(sid: string): void; copy(sid: string): void };

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

  function hold(x: number, y: number): void {
    held = start?.bubble.dataset.sid ?? '';
    end();
    openAt(menu, x, y);
  }

  log.addEventListener('pointerdown', ({ pointerType, isPrimary, target, clientX, clientY }) => {
    end();
    const element = target instanceof Element ? target : null;
    const bubble = element?.closest<HTMLElement>('.bubble[data-sid]');
    if (pointerType !== 'touch' || !isPrimary || !bubble || element?.closest('audio, video')) return;
    start = { bubble, x: clientX, y: clientY };
    timer = setTimeout(() => hold(clientX, clientY), HOLD_MS);
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
  // A long press opens our menu, not the browser's.
  log.addEventListener('contextmenu', (event) => {
    if (start || menu.matches(':popover-open')) event.preventDefault();
  });

  find('bubble-reply', HTMLButtonElement).addEventListener('click', () => {
    menu.hidePopover();
    port.reply(held);
  });
  find('bubble-copy', HTMLButtonElement).addEventListener('click', () => {
    menu.hidePopover();
    port.copy(held);
  });
}
