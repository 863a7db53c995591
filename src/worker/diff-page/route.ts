import type { Context } from 'hono';
import { shownPlainly } from '../../git/shown-code.ts';
import { type FileDiff, lineOf, readDiff } from '../../git/unified-diff.ts';
import { printLineComment } from '../../input/line-comment.ts';
import { type DiffRef, openDiffLink } from '../../links/diff-link.ts';
import { reasonOf, report } from '../../log.ts';
import type { DiffContent } from '../../objects/diff-content.ts';
import { type ConversationStub, getConversation, retryOnce } from '../../objects/namespaces.ts';
import { texts } from '../../texts/index.ts';
import { boundedText } from '../bounded-text.ts';
import { chatLink } from '../chat-link.ts';
import type { AppEnv } from '../configuration.ts';
import { getPageHeaders, renderNoticePage } from '../reading-page/document.ts';
import { COMMENT_CHARS, getDiffHeaders, type Place, renderDiffPage, type Shown } from './document.ts';

// Serves the page of a diff to whoever has its link, until the link expires or its person is out. A comment becomes words
// that the person sends in the chat: a link can be passed on, and a page must not text the agent for a stranger. Keeps
// nothing.

type C = Context<AppEnv, '/diff/:token'>;
const words = texts.diffPage;
/** Of the form: the longest comment in other alphabets, encoded. */
export const COMMENT_BYTES_MAX = 64_000;

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

const readPage = (text: string): number => Number(/^[1-9]\d{0,4}$/.exec(text)?.[0] ?? 1);

/** `shown`: besides the page of the diff. */
async function show(
  c: C,
  object: ConversationStub,
  { diff, expiresAt }: DiffRef,
  shown?: (content: DiffContent, files: readonly FileDiff[]) => Shown | null,
): Promise<Response> {
  const content = await retryOnce(() => object.diff(diff));
  if (content === null) return notice(c, words.unknown, 404);
  const files = readDiff(content.patch);
  const usual = { page: readPage(c.req.query('page') ?? ''), at: readPlace(c.req.query('at') ?? ''), comment: null };
  const so = shown === undefined ? usual : shown(content, files);
  if (so === null) return notice(c, words.unknown, 410);
  return c.body(renderDiffPage({ ...content, expiresAt, files }, so), 200, getDiffHeaders());
}

/** Changes nothing: the answer is the page with the comment as words for the chat. */
async function takeComment(c: C, object: ConversationStub, ref: DiffRef): Promise<Response> {
  // Behind a tunnel, the browser knows the public address alone.
  const own = [c.req.url, c.get('config').PUBLIC_URL].map((url) => new URL(url).origin);
  if (!own.includes(c.req.header('origin') ?? '')) return notice(c, words.unknown, 403);
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) {
    return c.text('Send application/x-www-form-urlencoded.', 415);
  }
  const body = await boundedText(c.req.raw, COMMENT_BYTES_MAX);
  if (body === null) return c.text(`The request body is larger than ${COMMENT_BYTES_MAX} bytes.`, 413);
  const form = new URLSearchParams(body);
  const at = readPlace(form.get('at') ?? '');
  if (at === null) return notice(c, words.unknown, 400);
  const text = (form.get('comment') ?? '').trim().replaceAll('\r\n', '\n');
  return show(c, object, ref, (content, files) => {
    const says = commentAt(at, text, content, files);
    if (says === null) return null;
    const so = { page: readPage(form.get('page') ?? ''), at };
    if (text === '') return { ...so, comment: { trouble: 'empty', typed: '' } };
    if ([...text].length > COMMENT_CHARS) return { ...so, comment: { trouble: 'long', typed: text } };
    return { ...so, comment: { says, chat: chatLink(c.get('config'), content.sender, says) } };
  });
}

/** Of a path and a line; the comment has fewer. */
const SHOWN_CHARS = 300;

/** Null for a line that isn't there. */
function commentAt(
  at: Place,
  text: string,
  { project, number }: DiffContent,
  files: readonly FileDiff[],
): string | null {
  const file = files[at.file];
  const line = file === undefined ? null : lineOf(file, at.line);
  if (file === undefined || line === null) return null;
  return printLineComment({
    label: project,
    number,
    path: shownPlainly(file.path.slice(0, SHOWN_CHARS)),
    line: line.after ?? line.before ?? 0,
    isRemoved: line.kind === 'removed',
    code: shownPlainly(line.text.slice(0, SHOWN_CHARS)),
    text,
  });
}

function readPlace(text: string): Place | null {
  const [, file, line] = /^(\d{1,5})\.(\d{1,7})$/.exec(text) ?? [];
  return file === undefined || line === undefined ? null : { file: Number(file), line: Number(line) };
}

const notice = (c: C, text: { title: string; text: string }, status: 400 | 403 | 404 | 410 | 503): Response =>
  c.body(renderNoticePage(text), status, getPageHeaders());
