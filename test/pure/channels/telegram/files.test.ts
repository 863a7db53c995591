import { afterEach, expect, test, vi } from 'vitest';
import { fetchFile, howToSend, methodOf } from '../../../../src/channels/telegram/files.ts';

// How a file leaves for Telegram: up to 50 MB as a file, larger ones as a link. And how one comes.

afterEach(() => vi.unstubAllGlobals());

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

test.each([{}, { parameters: { retry_after: 90 } }])(
  'too many calls: the file is fetched later (%j)',
  async (waits) => {
    const refused = { ok: false, error_code: 429, description: 'Too Many Requests', ...waits };
    vi.stubGlobal('fetch', async () => Response.json(refused, { status: 429 }));
    const bot = { id: '1', token: '1:x', apiUrl: 'http://127.0.0.1', secret: 's' };
    expect(await fetchFile(bot, 'telegram:file/abc', 1000, new AbortController().signal)).toEqual({
      kind: 'retryable',
      reason: 'code 900429',
    });
  },
);
