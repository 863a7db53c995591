import type { Context } from 'hono';
import { openMediaLink } from '../links/media-link.ts';
import { reasonOf, report } from '../log.ts';
import { mediaBucketOf, mediaKeyOf } from '../objects/media-bucket.ts';
import { getConversation, retryOnce } from '../objects/namespaces.ts';
import { texts } from '../texts/index.ts';
import type { AppEnv } from './configuration.ts';

// Serves a file that the agent sent to anyone with its link, until the link expires. The carrier asks with HEAD and
// GET, without credentials. The link is checked before the bucket is read; forged links and deleted files get the same
// answer.

/**
 * An agent made the files and our own address serves them: nothing in them may run, load or be mistaken for our page.
 */
const GUARDS = {
  'cache-control': 'private, no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
} as const;

export async function onMedia(c: Context<AppEnv, '/media/:token'>): Promise<Response> {
  const ref = openMediaLink(c.req.param('token'), c.get('config').MACHINE_SIGNING_KEY, Date.now());
  if (ref === 'expired') return c.text(texts.files.linkExpired, 410, GUARDS);
  const bucket = mediaBucketOf(c.env);
  if (ref === null || bucket === null) return c.text(texts.files.linkUnknown, 404, GUARDS);
  const key = mediaKeyOf(ref.conversation, ref.file);
  try {
    const object = getConversation(c.env, c.get('config'), ref.conversation);
    const kept = c.req.method === 'HEAD' ? await bucket.head(key) : await bucket.get(key);
    if (kept === null || (await retryOnce(() => object.standing())) !== 'served')
      return c.text(texts.files.linkUnknown, 404, GUARDS);
    const headers = new Headers(GUARDS);
    kept.writeHttpMetadata(headers);
    headers.set('content-length', String(kept.size));
    headers.set('etag', kept.httpEtag);
    return new Response('body' in kept ? (kept.body as ReadableStream) : null, { headers });
  } catch (error) {
    report({ level: 'error', event: 'media-failed', reason: reasonOf(error) }, ref.conversation);
    return c.text(texts.files.linkUnavailable, 503, GUARDS);
  }
}
