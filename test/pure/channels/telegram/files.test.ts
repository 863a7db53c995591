import { expect, test } from 'vitest';
import { howToSend, methodOf } from '../../../../src/channels/telegram/files.ts';

// How a file leaves for Telegram: what Telegram fetches by address goes as a file, everything else as a link.

const MB = 2 ** 20;

test.each([
  ['a PDF', 'application/pdf', MB, 'captioned', 'sendDocument'],
  ['a ZIP', 'application/zip', 20 * MB, 'captioned', 'sendDocument'],
  ['a GIF', 'image/gif', MB, 'captioned', 'sendDocument'],
  ['a picture', 'image/png; x=1', 5 * MB, 'captioned', 'sendPhoto'],
  ['a song', 'audio/mpeg', MB, 'captioned', 'sendAudio'],
  ['a picture above 5 MB', 'image/png', 5 * MB + 1, 'link', 'sendPhoto'],
  ['a PDF of 21 MB', 'application/pdf', 21 * MB, 'link', 'sendDocument'],
  ['a plain text', 'text/plain', 10, 'link', null],
  ['a voice note', 'audio/ogg', 10, 'link', null],
  ['a type named like a property', 'constructor', 10, 'link', null],
] as const)('%s', (_, type, size, way, method) => {
  expect(howToSend({ type, size }, true)).toBe(way);
  if (method !== null) expect(methodOf(type).method).toBe(method);
});

test('where Telegram can’t reach the relay every file is a link', () => {
  expect(howToSend({ type: 'application/pdf', size: 1 }, false)).toBe('link');
});
