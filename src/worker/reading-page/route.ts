import type { Context } from 'hono';
import type { Config } from '../../config/config.ts';
import { openPageLink, type PageRef } from '../../links/page-link.ts';
import { reasonOf, report } from '../../log.ts';
import { getConversation, retryOnce } from '../../objects/namespaces.ts';
import { texts } from '../../texts/index.ts';
import { chatLink } from '../chat-link.ts';
import type { AppEnv } from '../configuration.ts';
import { getPageHeaders, renderAnswerPage, renderNoticePage } from './document.ts';
import { renderAnswer } from './html.ts';

// Serves a reading page to anyone with its link, until the link expires. The link is checked before any object is
// called; forged, truncated and forgotten links get the same answer. Keeps nothing.

export async function onRead(c: Context<AppEnv, '/read/:token'>): Promise<Response> {
  const config = c.get('config');
  const ref = openPageLink(c.req.param('token'), config.MACHINE_SIGNING_KEY, Date.now());
  if (ref === 'expired') return c.body(renderNoticePage(texts.page.expired), 410, getPageHeaders());
  if (ref === null) return c.body(renderNoticePage(texts.page.unknown), 404, getPageHeaders());
  try {
    const page = await retryOnce(() => stored(c.env, config, ref));
    if (page === null) return c.body(renderNoticePage(texts.page.unknown), 404, getPageHeaders());
    const { markdown, sender, ...from } = page;
    return c.body(
      renderAnswerPage(renderAnswer(markdown), {
        ...from,
        chat: chatLink(config, sender, ''),
        expiresAt: ref.expiresAt,
      }),
      200,
      getPageHeaders(),
    );
  } catch (error) {
    report({ level: 'error', event: 'page-failed', reason: reasonOf(error) }, ref.conversation);
    return c.body(renderNoticePage(texts.page.unavailable), 503, getPageHeaders());
  }
}

const stored = (env: Env, config: Config, { conversation, page }: PageRef) =>
  getConversation(env, config, conversation).page(page);
