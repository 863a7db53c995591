import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InputFile } from 'grammy';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FileKind } from '../../simulator/telegram/records.ts';
import { voiceOf } from '../faults/picture.ts';
import { openTelegram, pngOf, refusal, type TelegramStand, TOKEN } from './telegram-stand.ts';

// Files in both directions under grammY.

const MB = 2 ** 20;
let stand: TelegramStand;
beforeEach(async () => {
  stand = await openTelegram();
  stand.robin.start();
});
afterEach(() => stand.close());

const download = (path: string | undefined, token = TOKEN) => fetch(`${stand.telegram.url}/file/bot${token}/${path}`);

describe('in', () => {
  test.each<[FileKind, string, string]>([
    ['photo', 'image/jpeg', 'photo'],
    ['voice', 'audio/ogg', 'voice'],
    ['document', 'application/pdf', 'document'],
    ['video', 'video/mp4', 'video'],
  ])('a %s is fetched by the path of getFile', async (kind, mimeType, field) => {
    await stand.setWebhook();
    const bytes = new TextEncoder().encode(`the ${kind}`);
    stand.robin.sendFile({ kind, bytes, mimeType, name: 'plan.pdf', duration: 3 }, 'look');
    const { message } = await stand.update(2);
    const shown = message?.[field as 'voice' | 'photo'];
    const file = Array.isArray(shown) ? shown.at(-1) : shown;
    expect(message).toMatchObject({ caption: 'look' });
    const { file_path: path, file_size: size } = await stand.bot.api.getFile(file!.file_id);
    expect(size).toBe(bytes.byteLength);
    expect(new Uint8Array(await (await download(path)).arrayBuffer())).toEqual(bytes);
    expect((await download(path, '4815162342:AAE_another-token')).status).toBe(401);
  });

  test('files above 20 MB can’t be fetched', async () => {
    await stand.setWebhook();
    const send = (size: number) =>
      stand.robin.sendFile({
        kind: 'document',
        bytes: new Uint8Array(size),
        mimeType: 'application/zip',
        name: 'a.zip',
      });
    send(20 * MB);
    send(20 * MB + 1);
    const ids = [await stand.update(2), await stand.update(3)].map(({ message }) => message!.document!.file_id);
    await stand.bot.api.getFile(ids[0]!);
    expect((await refusal(stand.bot.api.getFile(ids[1]!))).description).toBe('Bad Request: file is too big');
    expect((await refusal(stand.bot.api.getFile('none'))).description).toBe('Bad Request: invalid file_id');
  });
});

describe('out', () => {
  let site: Server;
  let address: string;
  beforeEach(async () => {
    site = createServer((request, response) => {
      const [, type = '', size = '0'] = /^\/(.+)\/(\d+)$/.exec(request.url ?? '') ?? [];
      if (type === '') response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': type }).end(Buffer.alloc(Number(size)));
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise<void>((resolve) => void site.close(() => resolve())));

  test('uploads of every kind, and once more by their id', async () => {
    const { api } = stand.bot;
    const file = (name: string) => new InputFile(new TextEncoder().encode(name), name);
    const document = await api.sendDocument(stand.robin.id, file('page.html'), { caption: 'The page' });
    expect(document).toMatchObject({ caption: 'The page', document: { file_name: 'page.html', file_size: 9 } });
    expect((await api.sendPhoto(stand.robin.id, new InputFile(pngOf(4, 3), 'a.png'))).photo).toMatchObject([
      { width: 2, height: 2 },
      { width: 4, height: 3 },
    ]);
    expect((await api.sendVoice(stand.robin.id, file('a.ogg'), { duration: 4 })).voice.duration).toBe(4);
    expect((await api.sendVideo(stand.robin.id, file('a.mp4'))).video).toMatchObject({ file_name: 'a.mp4' });
    const again = await api.sendDocument(stand.robin.id, document.document.file_id);
    expect(again.document.file_unique_id).toBe(document.document.file_unique_id);
    const shown = stand.telegram.file(again.document.file_id);
    expect(new TextDecoder().decode(shown?.bytes)).toBe('page.html');
  });

  test('by address: documents only if PDF, ZIP or GIF, photos up to 5 MB, the rest up to 20 MB', async () => {
    const { api } = stand.bot;
    const { id } = stand.robin;
    const failed = { code: 400, description: 'Bad Request: failed to get HTTP URL content' };
    const wrong = { code: 400, description: 'Bad Request: wrong type of the web page content' };
    await api.sendDocument(id, `${address}/application/pdf/${20 * MB}`);
    expect(await refusal(api.sendDocument(id, `${address}/application/pdf/${20 * MB + 1}`))).toMatchObject(failed);
    expect(await refusal(api.sendDocument(id, `${address}/text/plain/10`))).toMatchObject(wrong);
    await api.sendPhoto(id, `${address}/image/png/${5 * MB}`);
    expect(await refusal(api.sendPhoto(id, `${address}/image/png/${5 * MB + 1}`))).toMatchObject(failed);
    expect(await refusal(api.sendPhoto(id, `${address}/gone`))).toMatchObject(failed);
    expect(await refusal(api.sendVoice(id, `${address}/audio/mpeg/10`))).toMatchObject(wrong);
    expect(await refusal(api.sendDocument(id, 'nonsense'))).toMatchObject({
      code: 400,
      description: 'Bad Request: wrong file identifier/HTTP URL specified',
    });
  });

  test('limits of uploads and captions', async () => {
    const { api } = stand.bot;
    const { id } = stand.robin;
    const file = (size: number) => new InputFile(new Uint8Array(size), 'a.bin');
    expect(await refusal(api.sendPhoto(id, file(10 * MB + 1)))).toMatchObject({
      code: 400,
      description: `Bad Request: file of size ${10 * MB + 1} bytes is too big for a photo; the maximum size is ${10 * MB} bytes`,
    });
    expect((await refusal(api.sendDocument(id, file(0)))).description).toBe('Bad Request: file must be non-empty');
    expect((await refusal(api.sendDocument(id, file(50 * MB + 1)))).code).toBe(413);
    await api.sendDocument(id, file(1), { caption: 'x'.repeat(1024) });
    expect(await refusal(api.sendDocument(id, file(1), { caption: 'x'.repeat(1025) }))).toMatchObject({
      code: 400,
      description: 'Bad Request: message caption is too long',
    });
  });

  test('a photo is a picture, of 10,000 points in both directions together, at most 20 times as long as wide', async () => {
    const { api } = stand.bot;
    const { id } = stand.robin;
    const photo = (bytes: Uint8Array) => api.sendPhoto(id, new InputFile(bytes, 'a.png'));
    const bad = (words: string) => ({ code: 400, description: `Bad Request: ${words}` });
    await photo(pngOf(5000, 5000));
    await photo(pngOf(20, 400));
    for (const [width, height] of [
      [5000, 5001],
      [20, 401],
    ] as const)
      expect(await refusal(photo(pngOf(width, height)))).toMatchObject(bad('PHOTO_INVALID_DIMENSIONS'));
    expect(await refusal(photo(new Uint8Array(100)))).toMatchObject(bad('IMAGE_PROCESS_FAILED'));
    await api.sendDocument(id, new InputFile(pngOf(20, 401), 'a.png'));
  });

  test('a person who forbids voice messages gets none, and takes the file as a document', async () => {
    const { api } = stand.bot;
    const { id } = stand.robin;
    const voice = () => new InputFile(voiceOf('hello'), 'hello.ogg');
    stand.robin.forbidVoice(true);
    expect(await refusal(api.sendVoice(id, voice()))).toMatchObject({
      code: 400,
      description: 'Bad Request: user restricted receiving of voice note messages',
    });
    await api.sendDocument(id, voice());
    stand.robin.forbidVoice(false);
    await api.sendVoice(id, voice());
  });
});
