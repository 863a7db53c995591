// The Bot API in place of a network: it answers as the test says. The strict stand-in is simulator/telegram.

export const BOT = '700100200';
export const TOKEN = `${BOT}:edge-tests-of-telegram`;

export type Called = { method: string; body: Record<string, unknown> };
type Reaction = Response | undefined | Promise<Response | undefined>;

export class OutsideTelegram {
  readonly called: Called[] = [];
  /** The bytes of files by their ids. */
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Overrides single answers; undefined means the usual one. */
  onCall: ((called: Called) => Reaction) | undefined;
  #messages = 100;

  /** The calls of one method. */
  of(method: string): Record<string, unknown>[] {
    return this.called.filter((call) => call.method === method).map(({ body }) => body);
  }

  async fetch(request: Request, url: URL): Promise<Response> {
    const file = `/file/bot${TOKEN}/`;
    if (url.pathname.startsWith(file)) {
      const bytes = this.files.get(url.pathname.slice(file.length));
      return bytes
        ? new Response(bytes, { headers: { 'content-length': String(bytes.length) } })
        : refuse(404, 'Not Found');
    }
    const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(url.pathname) ?? [];
    if (token !== TOKEN) return refuse(401, 'Unauthorized');
    const body = await readBody(request);
    const call = { method, body };
    this.called.push(call);
    const answer = await this.onCall?.(call);
    if (answer) return answer;
    if (method === 'getFile') {
      const id = String(body.file_id);
      const size = this.files.get(id)?.length;
      if (size === undefined) return refuse(400, 'Bad Request: invalid file_id');
      return done({ file_id: id, file_unique_id: 'u', file_size: size, file_path: id });
    }
    if (method === 'getMe') return done({ id: Number(BOT), is_bot: true, first_name: 'Roost', username: 'roost_bot' });
    if (!method.startsWith('send') || method === 'sendChatAction') return done(true);
    this.#messages += 1;
    return done({ message_id: this.#messages, date: 1, chat: { id: Number(body.chat_id), type: 'private' } });
  }
}

async function readBody(request: Request): Promise<Record<string, unknown>> {
  if (/json/.test(request.headers.get('content-type') ?? '')) return await request.json();
  return Object.fromEntries(await request.formData());
}

const done = (result: unknown): Response => Response.json({ ok: true, result });

export const refuse = (error_code: number, description: string, parameters?: object): Response =>
  Response.json({ ok: false, error_code, description, parameters }, { status: error_code });
