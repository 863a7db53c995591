import { createHmac } from 'node:crypto';
import { type ApiContext, emptyAnswer, jsonAnswer, refusal } from './answers.ts';
import type { CarrierDesk } from './carrier.ts';
import type { CarrierMedia } from './carrier-types.ts';
import { unknownParameter } from './outbound.ts';
import { cutPage, dateFilter, PAGING } from './paging.ts';
import { mediaListPath, mediaResource } from './resources.ts';
import type { StoredMessage } from './store.ts';

// The Media resource. The bytes are one redirect away, at a signed address that stands for Twilio's CDN: the address
// expires, and it refuses a request that still has the first request's Authorization header.

const LIST = ['DateCreated', 'DateCreated<', 'DateCreated>', ...PAGING];
const LIFETIME_SECONDS = 4 * 60 * 60;
export const CDN_PREFIX = '/_cdn';

type Found = { message: StoredMessage; media: CarrierMedia };

export function mediaHandlers(desk: CarrierDesk) {
  const { store, account } = desk;

  function find(messageSid: string, mediaSid: string): Found | null {
    const message = store.get(messageSid);
    const media = message?.media.find((one) => one.sid === mediaSid);
    return message && media ? { message, media } : null;
  }

  const named = (c: ApiContext): Found | null =>
    find(c.req.param('message') ?? '', (c.req.param('file') ?? '').replace(/\.json$/, ''));

  const signature = (path: string, expires: string): string =>
    createHmac('sha256', account.authToken).update(`${path} ${expires}`).digest('base64url');

  return {
    list(c: ApiContext): Response {
      const message = store.get(c.req.param('message') ?? '');
      if (!message) return refusal({ refused: 20404, detail: c.req.path });
      const query = new URL(c.req.url).searchParams;
      const unknown = unknownParameter(query, LIST);
      if (unknown !== null) return refusal({ refused: 20001, detail: unknown });
      const createdAt = dateFilter(query, 'DateCreated');
      if (createdAt === null) return refusal({ refused: 20001, detail: 'DateCreated must be a date.' });
      const wanted = createdAt(message.createdAt) ? message.media : [];
      const page = cutPage(mediaListPath(account.accountSid, message.sid), query, wanted);
      if ('refused' in page) return refusal(page);
      const shown = page.shown.map((media) => mediaResource(account.accountSid, message, media));
      return jsonAnswer({ ...page.frame, media_list: shown });
    },

    /** With `.json` the description, without it the redirect to the bytes. */
    fetch(c: ApiContext): Response {
      const found = named(c);
      if (!found) return refusal({ refused: 20404, detail: c.req.path });
      if (c.req.path.endsWith('.json')) {
        return jsonAnswer(mediaResource(account.accountSid, found.message, found.media));
      }
      const path = `${CDN_PREFIX}/${account.accountSid}/${found.message.sid}/${found.media.sid}`;
      const expires = String(Math.floor(desk.now() / 1000) + LIFETIME_SECONDS);
      const query = new URLSearchParams({
        Expires: expires,
        Signature: signature(path, expires),
        'Key-Pair-Id': 'LOCAL',
      });
      return new Response(null, { status: 307, headers: { Location: `${account.apiUrl}${path}?${query}` } });
    },

    remove(c: ApiContext): Response {
      const found = c.req.path.endsWith('.json') ? named(c) : null;
      if (!found) return refusal({ refused: 20404, detail: c.req.path });
      const rest = found.message.media.filter((media) => media !== found.media);
      store.update(found.message.sid, { media: rest, mediaUrls: [] }, false);
      return emptyAnswer();
    },

    bytes(c: ApiContext): Response {
      const plain = (text: string, status: number): Response => new Response(text, { status });
      if (c.req.header('Authorization') !== undefined) {
        return plain('Send no Authorization header here: the address itself is signed.', 400);
      }
      const expires = c.req.query('Expires') ?? '';
      if (c.req.query('Signature') !== signature(c.req.path, expires))
        return plain('The signature does not match.', 403);
      if (Number(expires) * 1000 < desk.now()) return plain('This address has expired.', 403);
      const found = find(c.req.param('message') ?? '', c.req.param('media') ?? '');
      if (!found) return plain('Not found.', 404);
      const bytes = new Uint8Array(found.media.bytes);
      return new Response(bytes, {
        headers: {
          'Content-Type': found.media.contentType,
          'Content-Length': String(bytes.byteLength),
          ETag: `"${found.media.sid.slice(2)}"`,
        },
      });
    },
  };
}
