import type { Context } from 'hono';
import { ulid } from 'ulid';
import { readDiff } from '../../git/unified-diff.ts';
import { type DiffRef, openDiffLink } from '../../links/diff-link.ts';
import { reasonOf, report } from '../../log.ts';
import { type ConversationStub, getConversation, retryOnce } from '../../objects/namespaces.ts';
import { texts } from '../../texts/index.ts';
import { boundedText } from '../bounded-text.ts';
import type { AppEnv } from '../configuration.ts';
import { getPageHeaders, renderNoticePage } from '../reading-page/document.ts';
import { COMMENT_CHARS, getDiffHeaders, type Place, renderDiffPage, type Shown } from './document.ts';

// Serves the page of a diff to whoever has its link, until the link expires or its person is out; a comment from the
// page arrives in the chat once. Keeps nothing.

type C = Context<AppEnv, '/diff/:token'>;
const words = texts.diffPage;
/** Of the form: the longest comment in other alphabets, encoded. */
export const COMMENT_BYTES_MAX = 64_000;
const OP = /^[0-9A-HJKMNP-TV-Z]{26}$/;

export async function onDiff(c: C): Promise<Response> {
  const { method } = c.req;
  if (!['GET', 'HEAD', 'POST'].includes(method)) return c.text('Not found.', 404);
  const config = c.get('config');
  const ref = openDiffLink(c.req.param('token'), config.MACHINE_SIGNING_KEY, Date.now());
  if (ref === 'expired') return notice(c, words.expired, 410);
  if (ref === null) return notice(c, words.unknown, 404);
  try {
    const object = getConversation(c.env, config, ref.conversation);
    return method === 'POST' ? await takeComment(c, object, ref) : await show(c, object, ref);
  } catch (error) {
    report({ level: 'error', event: 'diff-page-failed', reason: reasonOf(error) }, ref.conversation);
    return notice(c, words.unavailable, 503);
  }
}

async function show(c: C, object: ConversationStub, { diff, expiresAt }: DiffRef): Promise<Response> {
  const content = await retryOnce(() => object.diff(diff));
  if (content === null) return notice(c, words.unknown, 404);
  const { patch, ...about } = content;
  const told = c.req.query('told') ?? '';
  const shown: Shown = {
    page: Number(/^[1-9]\d{0,4}$/.exec(c.req.query('page') ?? '')?.[0] ?? 1),
    at: readPlace(c.req.query('at') ?? ''),
    op: ulid(),
    told: told === 'sent' || told === 'empty' || told === 'long' ? told : null,
  };
  const html = renderDiffPage({ ...about, expiresAt, files: readDiff(patch) }, shown);
  return c.body(html, 200, getDiffHeaders());
}

/** The answer leads back to the page, so that a reload sends nothing again. */
async function takeComment(c: C, object: ConversationStub, { diff }: DiffRef): Promise<Response> {
  if (c.req.header('origin') !== new URL(c.req.url).origin) return notice(c, words.unknown, 403);
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) {
    return c.text('Send application/x-www-form-urlencoded.', 415);
  }
  const body = await boundedText(c.req.raw, COMMENT_BYTES_MAX);
  if (body === null) return c.text(`The request body is larger than ${COMMENT_BYTES_MAX} bytes.`, 413);
  const form = new URLSearchParams(body);
  const at = readPlace(form.get('at') ?? '');
  const [op, page] = [form.get('op') ?? '', /^[1-9]\d{0,4}$/.exec(form.get('page') ?? '')?.[0] ?? '1'];
  const text = (form.get('comment') ?? '').trim();
  if (at === null || !OP.test(op)) return notice(c, words.unknown, 400);
  const back = (told: Shown['told']): Response => {
    const there = told === 'sent' ? '' : `&at=${at.file}.${at.line}`;
    return c.redirect(`?page=${page}&told=${told}${there}#f${at.file}l${at.line}`, 303);
  };
  if (text === '') return back('empty');
  if ([...text].length > COMMENT_CHARS) return back('long');
  const took = await retryOnce(() => object.commentOnDiff(diff, { op, ...at, text }));
  return took === 'taken' ? back('sent') : notice(c, words.unknown, 410);
}

function readPlace(text: string): Place | null {
  const [, file, line] = /^(\d{1,5})\.(\d{1,7})$/.exec(text) ?? [];
  return file === undefined || line === undefined ? null : { file: Number(file), line: Number(line) };
}

const notice = (c: C, text: { title: string; text: string }, status: 400 | 403 | 404 | 410 | 503): Response =>
  c.body(renderNoticePage(text), status, getPageHeaders());
