import { expect, test } from 'vitest';
import { howToSend, methodOf } from '../../../../src/channels/telegram/files.ts';

// How a file leaves for Telegram: up to 50 MB as a file, larger ones as a link.

const MB = 2 ** 20;

test.each([
  ['a PDF', 'application/pdf', MB, 'captioned', 'sendDocument'],
  ['a file of 50 MB', 'application/zip', 50 * MB, 'captioned', 'sendDocument'],
  ['a larger one', 'application/zip', 50 * MB + 1, 'link', 'sendDocument'],
  ['a picture', 'image/png; x=1', 10 * MB, 'captioned', 'sendPhoto'],
  ['a picture above 10 MB', 'image/png', 10 * MB + 1, 'captioned', 'sendDocument'],
  ['a GIF', 'image/gif', MB, 'captioned', 'sendDocument'],
  ['a song', 'audio/mpeg', MB, 'captioned', 'sendAudio'],
  ['a voice note', 'audio/ogg; codecs=opus', 50 * MB, 'captioned', 'sendVoice'],
  ['a voice note by another name', 'Audio/Opus', MB, 'captioned', 'sendVoice'],
  ['a song in OGG', 'audio/ogg', MB, 'captioned', 'sendDocument'],
  ['a plain text', 'text/plain', 10, 'captioned', 'sendDocument'],
  ['a type named like a property', 'constructor', 10, 'captioned', 'sendDocument'],
] as const)('%s', (_, type, size, way, method) => {
  expect(howToSend({ size })).toBe(way);
  expect(methodOf({ type, size }).method).toBe(method);
});
