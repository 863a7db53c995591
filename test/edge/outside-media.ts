import type { ErrorCode } from '../../src/protocol/index.ts';
import { ERRORS } from '../../src/protocol/index.ts';

// Files in test/edge: the carrier's media, one redirect away from their address, and the machine's folder for them. A
// body is described by plain numbers: bytes announced, bytes sent, and where it breaks off.

type Answer = Response | Promise<Response>;
/** `announced`: a length other than that of the bytes, or none. `breaksAfter`: the stream fails there. */
export type Media = { type: string; bytes: Uint8Array; announced?: number | null; breaksAfter?: number };
export type Seen = { method: string; url: string; authorization: string | null };
export type Shelved = { id: string; name: string; type: string; bytes: Uint8Array };

const MEDIA = /^\/2010-04-01\/Accounts\/[^/]+\/Messages\/[^/]+\/Media\/(ME\w+)(\.json)?$/;
const PIECE = 64 * 1024;

export class OutsideMedia {
  /** By the carrier's media id. */
  readonly at = new Map<string, Media>();
  /** Every request for media, whoever answers it. */
  readonly seen: Seen[] = [];
  readonly deleted: string[] = [];
  /** The files that the machine accepted, in order. */
  readonly shelf: Shelved[] = [];
  /** Bytes of media that left the carrier. */
  poured = 0;
  redirectTo = (id: string): string => `https://cdn.example.com/${id}?Signature=1`;
  onMedia: ((id: string) => Answer | undefined) | undefined;
  onBytes: ((id: string) => Answer | undefined) | undefined;
  onDelete: ((id: string) => Answer | undefined) | undefined;
  /** The machine's answer, before it has read anything. */
  onFile: ((id: string) => Answer | undefined) | undefined;

  /** The answer, or null when the request is about something else. */
  async fetch(request: Request, url: URL): Promise<Response | null> {
    const media = url.host === 'twilio.example.com' ? MEDIA.exec(url.pathname) : null;
    const isBytes = url.host === 'cdn.example.com';
    const isFile = request.method === 'PUT' && url.host === 'machine.example.com' && url.pathname.startsWith('/files/');
    if (!media && !isBytes && !isFile) return null;
    const authorization = request.headers.get('authorization');
    this.seen.push({ method: request.method, url: request.url, authorization });
    if (isFile) return this.#file(request, url.pathname.slice('/files/'.length));
    if (isBytes) return (await this.onBytes?.(url.pathname.slice(1))) ?? this.#bytes(url.pathname.slice(1));
    const id = media?.[1] ?? '';
    if (request.method === 'DELETE') {
      const answer = await this.onDelete?.(id);
      if (answer) return answer;
      this.deleted.push(id);
      return new Response(null, { status: this.at.delete(id) ? 204 : 404 });
    }
    const answer = await this.onMedia?.(id);
    if (answer) return answer;
    return new Response(null, { status: 307, headers: { location: this.redirectTo(id) } });
  }

  #bytes(id: string): Response {
    const media = this.at.get(id);
    if (!media) return new Response('gone', { status: 404 });
    const { bytes, type, breaksAfter = Number.POSITIVE_INFINITY } = media;
    const announced = media.announced === undefined ? bytes.byteLength : media.announced;
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (sent >= breaksAfter) throw new Error('broken off');
        if (sent >= bytes.byteLength) return controller.close();
        const piece = bytes.slice(sent, Math.min(sent + PIECE, breaksAfter));
        sent += piece.byteLength;
        this.poured += piece.byteLength;
        controller.enqueue(piece);
      },
    });
    const length: Record<string, string> = announced === null ? {} : { 'content-length': `${announced}` };
    return new Response(body, { headers: { 'content-type': type, ...length } });
  }

  async #file(request: Request, id: string): Promise<Response> {
    const answer = await this.onFile?.(id);
    if (answer) return answer;
    const name = decodeURIComponent(request.headers.get('roost-file-name') ?? '');
    const type = request.headers.get('content-type') ?? '';
    const bytes = new Uint8Array(await request.arrayBuffer());
    this.shelf.push({ id, name, type, bytes });
    return Response.json({ id, name: `safe-${name}`, type, size: bytes.byteLength }, { status: 201 });
  }
}

/** A machine's refusal in the protocol's format. */
export const refusal = (code: ErrorCode): Response =>
  Response.json({ error: { code, message: 'no' } }, { status: ERRORS[code].status });
