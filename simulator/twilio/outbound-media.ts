import { channelOf } from './addresses.ts';
import type { Background } from './background.ts';
import type { CarrierMedia } from './carrier-types.ts';
import type { Postman } from './delivery.ts';
import { exchange } from './exchange.ts';
import type { FailureCode } from './failures.ts';
import { newMedia, type StoredMessage } from './store.ts';
import type { TrafficLog } from './traffic.ts';

// Fetches the MediaUrls of an outbound message from the product, as Twilio does: HEAD, then GET, without credentials;
// checks type and size as WhatsApp does. Keeps nothing.

const MB = 1024 * 1024;
const MAX_IMAGE = 5 * MB;
const MAX_MEDIA = 16 * MB;

const WHATSAPP_TYPES = new Set([
  'image/jpeg',
  'image/png',
  'image/webp',
  'audio/ogg',
  'audio/amr',
  'audio/3gpp',
  'audio/aac',
  'audio/mpeg',
  'audio/mp4',
  'video/mp4',
  'video/3gpp',
  'text/vcard',
  'application/pdf',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
]);

/** The encoded name is complete; the plain one is a fallback. */
function fileNameIn(disposition = ''): string | null {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  const plain = /filename="?([^";]+)"?/i.exec(disposition)?.[1] ?? null;
  try {
    return encoded === undefined ? plain : decodeURIComponent(encoded);
  } catch {
    return plain;
  }
}

const typeIn = ({ headers }: { headers: Record<string, string | string[] | undefined> }): string =>
  String(headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim()
    .toLowerCase() ?? '';

export type FetchMedia = (message: StoredMessage) => Promise<{ media: CarrierMedia[] } | { failed: FailureCode }>;

export function createMediaFetcher(postman: Postman, traffic: TrafficLog, background: Background): FetchMedia {
  async function request(method: 'GET' | 'HEAD', url: string) {
    const requestHeaders = { Accept: '*/*', 'User-Agent': 'TwilioProxy/1.1' };
    const end = traffic.begin({ kind: 'media', method, url, requestHeaders, requestBody: '' });
    if (!postman.mayReach(url)) {
      end({ note: '63019: the stand-in only calls this computer and the host of its webhook.' });
      return null;
    }
    const limits = { connectMs: 5_000, readMs: 15_000, maxBytes: MAX_MEDIA + 1, signal: background.signal };
    const outcome = await exchange({ method, url, headers: requestHeaders, ...limits });
    if (!outcome.ok) {
      end({ note: `63019: ${outcome.why}.` });
      return null;
    }
    const type = outcome.headers['content-type'] ?? 'no type';
    end({
      status: outcome.status,
      responseHeaders: outcome.headers,
      responseBody: method === 'GET' ? `(${outcome.body.length} bytes of ${type})` : '',
    });
    return outcome;
  }

  return async (message) => {
    const media: CarrierMedia[] = [];
    for (const url of message.mediaUrls) {
      const announced = await request('HEAD', url);
      const answer = await request('GET', url);
      if (announced?.status !== 200 || answer?.status !== 200) return { failed: 63019 };
      const contentType = typeIn(answer);
      // Stricter than Twilio is known to be: HEAD and GET must agree.
      if (typeIn(announced) !== contentType) return { failed: 63021 };
      if (channelOf(message.to) === 'whatsapp' && !WHATSAPP_TYPES.has(contentType)) return { failed: 63021 };
      if (answer.body.length > (contentType.startsWith('image/') ? MAX_IMAGE : MAX_MEDIA)) return { failed: 63034 };
      const fileName = fileNameIn(answer.headers['content-disposition']);
      media.push(newMedia({ contentType, fileName, bytes: answer.body }));
    }
    return { media };
  };
}
