import type { Context } from 'hono';
import { openExportLink } from '../links/export-link.ts';
import { reasonOf, report } from '../log.ts';
import { mediaBucketOf } from '../objects/media-bucket.ts';
import { getConversation, retryOnce } from '../objects/namespaces.ts';
import { texts } from '../texts/index.ts';
import type { AppEnv } from './configuration.ts';
import { getPageHeaders, renderExportPage, renderNoticePage } from './reading-page/document.ts';

// The door to a copy made by /export. Opening the link shows a page with a button, so that a preview of the link in a
// chat takes nothing; the button takes the copy, and then the link is used up. Keeps nothing.

type C = Context<AppEnv, '/export/:token'>;
type Notice = { title: string; text: string };

const { page } = texts.privacy;

export async function onExportLink(c: C): Promise<Response> {
  const { method } = c.req;
  if (!['GET', 'HEAD', 'POST'].includes(method)) return c.text('Not found.', 404);
  const config = c.get('config');
  const ref = openExportLink(c.req.param('token'), config.MACHINE_SIGNING_KEY, Date.now());
  if (ref === 'expired') return notice(c, page.expired, 410);
  const bucket = mediaBucketOf(c.env);
  if (ref === null || bucket === null) return notice(c, page.unknown, 404);
  try {
    const object = getConversation(c.env, config, ref.conversation);
    if (method !== 'POST') {
      const size = await retryOnce(() => object.findExport(ref.link));
      return size === null ? notice(c, page.used, 410) : c.body(renderExportPage(page.ready(size)), 200, headers());
    }
    const key = await object.takeExport(ref.link);
    const kept = key === null ? null : await bucket.get(key);
    if (kept === null) return notice(c, page.used, 410);
    return sendArchive(c, kept);
  } catch (error) {
    report({ level: 'error', event: 'export-not-served', reason: reasonOf(error) }, ref.conversation);
    return notice(c, page.unavailable, 503);
  }
}

export function sendArchive(c: Context<AppEnv>, kept: R2ObjectBody): Response {
  const named = { 'content-disposition': 'attachment; filename="roost-export.zip"' };
  const guards = { 'cache-control': 'private, no-store', 'referrer-policy': 'no-referrer' };
  const safe = { 'x-content-type-options': 'nosniff', 'x-robots-tag': 'noindex, nofollow' };
  const length = { 'content-type': 'application/zip', 'content-length': String(kept.size) };
  return c.body(kept.body, 200, { ...named, ...guards, ...safe, ...length });
}

const notice = (c: C, text: Notice, status: 404 | 410 | 503): Response =>
  c.body(renderNoticePage(text), status, getPageHeaders());

/** The page has a form, which posts to its own address. */
function headers(): Record<string, string> {
  const all = getPageHeaders();
  const policy = all['content-security-policy'].replace("form-action 'none'", "form-action 'self'");
  return { ...all, 'content-security-policy': policy };
}
