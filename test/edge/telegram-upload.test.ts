import { afterEach, expect, test, vi } from 'vitest';
import type { OpenedFile, Outgoing } from '../../src/channels/channel.ts';
import type { Bot } from '../../src/channels/telegram/account.ts';
import { send } from '../../src/channels/telegram/send.ts';
import { MINUTE } from '../../src/units.ts';
import { BOT, TOKEN } from './outside-telegram.ts';

// A file on its way to Telegram streams at any size, and ends with the call.

const MB = 2 ** 20;
const PIECE = new Uint8Array(64 * 1024).fill(7);
const bot: Bot = { id: BOT, token: TOKEN, apiUrl: 'https://telegram.example.com', secret: 'of-no-use-here' };
const network = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = network;
  vi.restoreAllMocks();
});

const answersWith = (answer: (request: Request) => Promise<Response>): void => {
  globalThis.fetch = (input, init) => answer(new Request(input as RequestInfo, init));
};
const taken = (): Response =>
  Response.json({ ok: true, result: { message_id: 7, date: 1, chat: { id: 4815162342, type: 'private' } } });

/** A file of the bucket that has `has` bytes and says it has `size`. */
class Stored {
  read = 0;
  isCancelled = false;
  readonly name: string;
  readonly #size: number;
  readonly #has: number;

  constructor(size: number, has = size, name = 'film.mp4') {
    [this.#size, this.#has, this.name] = [size, has, name];
  }

  open = async (): Promise<OpenedFile> => {
    this.read = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          const piece = PIECE.subarray(0, this.#has - this.read);
          this.read += piece.length;
          if (piece.length > 0) controller.enqueue(piece);
          else controller.close();
        },
        cancel: () => {
          this.isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    return { body, size: this.#size };
  };

  sent(type = 'video/mp4'): ReturnType<typeof send> {
    const file = { name: this.name, type, size: this.#size, open: this.open };
    const reply: Outgoing = {
      id: '01000000000000000000000001',
      attempt: 1,
      from: `telegram:${BOT}`,
      to: 'telegram:4815162342',
      body: '*The* film',
      template: null,
      content: null,
      shown: null,
      items: [],
      file,
      createdAt: 0,
    };
    return send(bot, reply, 1000);
  }
}

test('50 MB leave whole, and a few pieces at a time are in memory', async () => {
  const stored = new Stored(50 * MB);
  const seen = { bytes: 0, ahead: 0 };
  answersWith(async (request) => {
    for await (const piece of request.body ?? []) {
      seen.bytes += piece.length;
      seen.ahead = Math.max(seen.ahead, stored.read - seen.bytes);
    }
    return taken();
  });
  expect(await stored.sent()).toEqual({ kind: 'accepted', sid: `tg:${BOT}:4815162342:7` });
  expect(seen.bytes).toBeGreaterThan(50 * MB);
  expect(seen.bytes).toBeLessThan(50 * MB + 2000);
  expect(seen.ahead).toBeLessThan(MB);
});

test.each([
  ['fewer', 3 * MB - 1],
  ['more', 3 * MB + 1],
])('a file with %s bytes than it should have isn’t sent as one', async (_, has) => {
  const stored = new Stored(3 * MB, has);
  answersWith(async (request) => {
    for await (const _piece of request.body ?? []);
    return taken();
  });
  expect(await stored.sent()).toMatchObject({ kind: 'unknown' });
});

test('it ends after two minutes, and nobody reads the file any more', async () => {
  const clock = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(clock.signal);
  const stored = new Stored(50 * MB);
  answersWith(async ({ signal, body }) => {
    const reader = body?.getReader();
    await reader?.read();
    clock.abort(new DOMException('late', 'TimeoutError'));
    // As the runtime does with the body of a call that ends.
    await reader?.cancel();
    signal.throwIfAborted();
    return taken();
  });
  expect(await stored.sent()).toEqual({ kind: 'unknown', reason: 'TimeoutError', retryAfterMs: null });
  expect(timeout.mock.calls).toEqual([[2 * MINUTE]]);
  await vi.waitFor(() => expect(stored.isCancelled).toBe(true));
  expect(stored.read).toBeLessThan(MB);
});

test('Telegram refuses before it has read everything: the answer counts, and nobody reads the rest', async () => {
  const stored = new Stored(50 * MB);
  const refusal = { ok: false, error_code: 413, description: 'Request Entity Too Large' };
  answersWith(async () => Response.json(refusal, { status: 413 }));
  expect(await stored.sent()).toMatchObject({ kind: 'refused' });
  await vi.waitFor(() => expect(stored.isCancelled).toBe(true));
  expect(stored.read).toBeLessThan(MB);
});

/** Refuses each call with the next of these descriptions, then takes it. Returns the calls, as they are made. */
function refusesWith(...descriptions: string[]): { method: string; form: FormData }[] {
  const calls: { method: string; form: FormData }[] = [];
  answersWith(async (request) => {
    calls.push({ method: new URL(request.url).pathname.split('/').at(-1) ?? '', form: await request.formData() });
    const description = descriptions[calls.length - 1];
    return description === undefined
      ? taken()
      : Response.json({ ok: false, error_code: 400, description: `Bad Request: ${description}` }, { status: 400 });
  });
  return calls;
}

const OPUS = 'audio/ogg; codecs=opus';

test.each([
  ['a voice note', OPUS, 'sendVoice', 'VOICE_MESSAGES_FORBIDDEN'],
  ['a voice note', OPUS, 'sendVoice', 'user restricted receiving of voice note messages'],
  ['a picture', 'image/png', 'sendPhoto', 'PHOTO_INVALID_DIMENSIONS'],
  ['a picture', 'image/png', 'sendPhoto', 'IMAGE_PROCESS_FAILED'],
])('%s (%s) that %s refuses with “%s” leaves at once as a document', async (_, type, method, description) => {
  const calls = refusesWith(description);
  expect(await new Stored(MB).sent(type)).toMatchObject({ kind: 'accepted' });
  expect(calls.map((call) => call.method)).toEqual([method, 'sendDocument']);
  const form = calls[1]?.form ?? new FormData();
  expect([form.get('caption'), form.get('disable_content_type_detection')]).toEqual(['The film', 'true']);
  expect((form.get('document') as unknown as File).size).toBe(MB);
});

test('each refusal that has another way is met once, whatever else is refused', async () => {
  const calls = refusesWith('IMAGE_PROCESS_FAILED', "can't parse entities: no", 'IMAGE_PROCESS_FAILED');
  expect(await new Stored(9).sent('image/png')).toMatchObject({ kind: 'refused' });
  expect(calls.map(({ method, form }) => [method, form.has('caption_entities')])).toEqual([
    ['sendPhoto', true],
    ['sendDocument', true],
    ['sendDocument', false],
  ]);
});

test('a file isn’t sent in another way while nobody knows the outcome of the first', async () => {
  let calls = 0;
  answersWith(async (request) => {
    calls += 1;
    await request.formData();
    return Response.json({ ok: false, error_code: 500, description: 'IMAGE_PROCESS_FAILED' }, { status: 500 });
  });
  expect(await new Stored(9).sent('image/png')).toMatchObject({ kind: 'unknown' });
  expect(calls).toBe(1);
});

test.each([
  ['a\\', 'a '],
  ['a\\".pdf', "a '.pdf"],
  ['a"; name="chat_id', "a'; name='chat_id"],
  ['a\r\nx-evil: 1\r\n\r\nb', 'a  x-evil: 1    b'],
  ['\ud800é“😀.pdf', '\ufffdé“😀.pdf'],
])('the name %j stays one name', async (name, shown) => {
  let form = new FormData();
  answersWith(async (request) => {
    form = await request.formData();
    return taken();
  });
  await new Stored(3, 3, name).sent();
  expect([...form.keys()]).toEqual(['chat_id', 'caption', 'caption_entities', 'video']);
  const { name: got, size, type } = form.get('video') as unknown as File;
  expect([got, size, type]).toEqual([shown, 3, 'video/mp4']);
});
