import { describe, expect, test } from 'vitest';
import { demoReply } from '../../simulator/model/demo.ts';
import { imageFacts } from '../../simulator/model/image-facts.ts';
import { checkMessagesRequest } from '../../simulator/model/messages-api.ts';

// The demo model's words about photos and files that come with a text, from Claude Code's view of them.

/** Made by a common encoder, each the smallest of its kind. */
const IMAGES = {
  png: 'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAMAAAC67D+PAAAAA1BMVEXIWihNJ+cGAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQI12NgoCcAAABuAAGZfmU8AAAAAElFTkSuQmCC',
  jpeg: '/9j/2wBDAFBQUFBVUFpkZFp9h3iHfbmqm5uquf/I18jXyP//////////////////////////////////////////////////2wBDAVBQUFBVUFpkZFp9h3iHfbmqm5uquf/I18jXyP//////////////////////////////////////////////////wgARCAARACEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAVAQEBAAAAAAAAAAAAAAAAAAAAA//aAAwDAQACEAMQAAAAgnYAAAAD/8QAFBABAAAAAAAAAAAAAAAAAAAAMP/aAAgBAQABPwB//8QAFBEBAAAAAAAAAAAAAAAAAAAAIP/aAAgBAgEBPwBf/8QAFBEBAAAAAAAAAAAAAAAAAAAAIP/aAAgBAwEBPwBf/9k=',
  gif: 'R0lGODlhFQAJAIAAAExpcchaKCH5BAUAAAAALAAAAAAVAAkAAAIMjI+py+0Po5y0WlsAADs=',
  lossy: 'UklGRkAAAABXRUJQVlA4IDQAAAAwAwCdASooAB4AP83k7XA/t7IrJWgD8DmJZwDQzBJjuugAAPzK3N4OV3bKBPxA9kd4QAAA',
  lossless: 'UklGRiQAAABXRUJQVlA4TBcAAAAvK4EBAAdQrSIXpf8BICH8Xy9G9D9FAAA=',
  extended:
    'UklGRmAAAABXRUJQVlA4WAoAAAAQAAAACwAAIQAAQUxQSAoAAAABB1DAiAhERP8DVlA4IDAAAADwAgCdASoMACIAP83e6Gw/tjApKqgD8DmJYwDLLCREIAD8ysTHorXlXq9FmUIAAAA=',
};
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

/** A message as the machine hands it over: pictures, then the words with a line for each file. */
function answerTo(words: string, files: string[], pictures: string[] = []): string {
  const shown = pictures.map((data) => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }));
  const text = [words, ...files].filter((line) => line !== '').join('\n\n');
  const messages = [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: 'Hello!' },
    { role: 'user', content: [...shown, { type: 'text', text }] },
  ];
  const checked = checkMessagesRequest(JSON.stringify({ model: 'demo', max_tokens: 1000, messages, tools: [] }));
  if (!checked.ok) throw new Error(checked.failure.message);
  const reply = demoReply(checked.request);
  if (reply.kind !== 'message') throw new Error(`no message but ${reply.kind}`);
  return reply.blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

const PHOTO = [
  '[photo: photo-1.png, image/png, 105 B]',
  '[The person sent inbox/photo-1.png (image/png, 105 B, shown here)]',
];
const LIST = ['[file: list, of all.txt, text/plain, 4 B]', '[The person sent inbox/list.txt (text/plain, 4 B)]'];

describe('the demo model says what came', () => {
  test.each([
    ['what is in this photo?', PHOTO, [IMAGES.png], /^I got your photo \(10×10 PNG, 105 bytes\)\. I’m the demo model/],
    ['', PHOTO, [IMAGES.png], /^I got your photo \(10×10 PNG, 105 bytes\)\.$/],
    ['', PHOTO, [IMAGES.png, IMAGES.jpeg], /^I got your photos \(10×10 PNG, 105 bytes; 33×17 JPEG, 326 bytes\)\.$/],
    ['', PHOTO, [Buffer.from('no picture').toString('base64')], /^I got your photo \(10 bytes\)\.$/],
    ['', LIST, [], /^I got your file list, of all\.txt \(4 B\)\.$/],
    ['sum it up', LIST, [], /^I got your file list, of all\.txt \(4 B\)\. I’m the demo model/],
    [
      '',
      ['[voice note: voice-1.ogg, audio/ogg, 3 KB. There is no transcript.]'],
      [],
      /^I got your voice note voice-1\.ogg \(3 KB\)\.$/,
    ],
    // It performs known requests as without the photo.
    ['say I see it', PHOTO, [IMAGES.png], /^I see it$/],
  ] as const)('%j with %j', (words, files, pictures, expected) => {
    expect(answerTo(words, [...files], [...pictures])).toMatch(expected);
  });
});

describe('format and size of a picture', () => {
  test.each([
    ['png', 'PNG', 10, 10],
    ['jpeg', 'JPEG', 33, 17],
    ['gif', 'GIF', 21, 9],
    ['lossy', 'WebP', 40, 30],
    ['lossless', 'WebP', 300, 7],
    ['extended', 'WebP', 12, 34],
  ] as const)('%s', (name, format, width, height) => {
    expect(imageFacts(bytes(IMAGES[name]))).toEqual({ format, width, height });
  });

  test('cut off anywhere, it is known or not, and nothing else happens', () => {
    for (const whole of Object.values(IMAGES).map(bytes)) {
      for (let length = 0; length < whole.length; length++) {
        const facts = imageFacts(whole.subarray(0, length));
        expect(facts === null || facts.width > 0).toBe(true);
      }
    }
  });

  test('a JPEG of nothing but empty segments ends', () => {
    const endless = new Uint8Array(64 * 1024).fill(0xff);
    endless[1] = 0xd8;
    expect(imageFacts(endless)).toBe(null);
    const zeros = Uint8Array.from({ length: 64 * 1024 }, (_, at) => [0xff, 0xe0, 0, 0][at % 4] ?? 0);
    zeros[1] = 0xd8;
    expect(imageFacts(zeros)).toBe(null);
  });
});
