// The page's icons, in one sprite drawn for it.

import { html } from 'hono/html';
import { BIRD } from '../../src/worker/reading-page/logo.ts';

const line = (d: string): string =>
  `<path d="${d}" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`;

const ICONS: Record<string, string> = {
  bird: BIRD,
  back: line('M15 5l-7 7 7 7'),
  wire: line('M4 8h14l-3-3M20 16H6l3 3'),
  voice: line('M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3'),
  send: '<path d="M3.500 4v6.200l10 1.800-10 1.800V20l17.500-8z" fill="currentColor"/>',
  close: line('M6 6l12 12M18 6L6 18'),
  down: line('M12 5v14M6 13l6 6 6-6'),
  reply: line('M10 6L4 12l6 6M4 12h9a7 7 0 0 1 7 7'),
  more: line('M12 5v14M5 12h14'),
  file: line('M7 3.5h7l4 4v13H7zM14 3.5v4h4'),
  photo: line('M4 5.500h16v13H4zM4 16l5-5 4 4 3-3 4 4M15.500 9.500v-.01'),
  pin: line(
    'M12 21c-4-4.500-6.500-7.700-6.500-11a6.500 6.500 0 0 1 13 0c0 3.300-2.500 6.500-6.500 11zM12 12.200a2.200 2.200 0 1 0-.01 0',
  ),
  forward: line('M14 6l6 6-6 6M20 12h-9a7 7 0 0 0-7 7'),
  slash: line('M14.500 5l-5 14M4 3.500h16v17H4z'),
  edit: line('M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19z'),
  bin: line('M4.500 7h15M9.500 7V4h5v3M6.500 7l1 13h9l1-13'),
  block: line('M12 3.500a8.500 8.500 0 1 0 .01 0M6 6l12 12'),
  topic: line('M4 5h16v11H11l-4 4v-4H4zM8 9h8M8 12h5'),
  people: line(
    'M9 11a3.500 3.500 0 1 0-.01 0M2.500 20a6.500 6.500 0 0 1 13 0M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14a6.500 6.500 0 0 1 3.500 6',
  ),
  whatsapp: line(
    'M4 20l1.300-4a8 8 0 1 1 3 2.800zM9 8.500c0 4 2.500 6.500 6.500 6.500l.500-2-2-1-1 1c-1-.500-1.500-1-2-2l1-1-1-2z',
  ),
  sms: line('M4 5h16v11H10l-4 4v-4H4zM8.500 10.500v.01M12 10.500v.01M15.500 10.500v.01'),
  telegram:
    '<path d="M21.500 4L2.500 11.300l5.500 2 9-6.300-7 7.500v5.500l3.300-3.700 4.200 3.200z" fill="currentColor"/>',
  copy: line('M9 8.500h11v12H9zM15.500 8.500v-5h-11v12H9'),
  incoming: line('M17 7L7 17M7 9v8h8'),
  outgoing: line('M7 17L17 7M9 7h8v8'),
  alert: line('M12 8v5M12 16.500v.01M12 3.500l9.500 16.500h-19z'),
  sending: line('M12 7.500v5l3 2M12 3.500a8.500 8.500 0 1 0 .01 0'),
  sent: line('M6 12.500l4 4 8-9'),
  delivered: line('M2.500 12.500l4 4 8-9M11 15.500l1 1 8.500-9'),
};

export const sprite = Object.entries(ICONS)
  .map(([name, shape]) => `<symbol id="icon-${name}" viewBox="0 0 24 24">${shape}</symbol>`)
  .join('');

export const faviconSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" color="#9c3d1a">${BIRD}</svg>`;

export const icon = (name: string) =>
  html`<svg class="icon" aria-hidden="true" focusable="false"><use href="#icon-${name}"></use></svg>`;
