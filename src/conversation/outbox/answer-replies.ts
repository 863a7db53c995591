import { schemeOf } from '../../addresses.ts';
import type { MachineEvent } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import { PAGE_FOR_MS, PAGE_LINK_CHARS, PAGE_MAX_CHARS, PAGE_PART_CHARS, PAGE_PART_LEAST } from '../policy/outbox.ts';
import type { Context } from '../state/events.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Page, Reply } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { answerOnFile } from './answer-on-file.ts';
import { endsOfAnswer, findOtherEnds } from './ends.ts';
import { canOpen } from './local-links.ts';
import { enqueue, limitsOf } from './replies.ts';

// Turns the agent's answer into replies: the whole answer if it fits a chat, else its beginning or a summary with a
// link to a page.

/** `problem`: what went wrong, for the person. */
type AnswerText = { turn: string | null; text: string; problem?: string | null };

export function withAnswer(
  state: State,
  { turn, text, problem = null }: AnswerText,
  ctx: Context,
  of: Partial<Reply> = {},
): State {
  // People get the agent's own words, never the error text of an API.
  const parts =
    problem !== null && text.startsWith('API Error') ? [] : ctx.parts(text, limitsOf(state, turn, ctx).text);
  if (parts.length > ctx.policy.maxParts) return withPage(state, { turn, text, problem }, ctx, of);
  if (problem !== null) return enqueue(state, 'answer', [...parts, problem], ctx, { ...of, turn });
  return enqueue(state, 'answer', parts.length > 0 ? parts : [texts.emptyAnswer], ctx, { ...of, turn });
}

function withPage(state: State, { turn, text, problem = null }: AnswerText, ctx: Context, of: Partial<Reply>): State {
  const page = pageOf(text, 1, ctx);
  const parts = ctx.parts(page.markdown, pagePartChars(state, turn, ctx));
  const left = parts.length - 1;
  const url = linkOf(page, state, turn, ctx);
  const link = url === null ? texts.moreLeft(left) : texts.readOn(url, left);
  const opening = [`${parts[0] ?? ''}\n\n${link}`, ...(problem === null ? [] : [problem])];
  return enqueue({ ...state, pages: [...state.pages, page] }, 'answer', opening, ctx, { ...of, turn });
}

type Result = Extract<MachineEvent['event'], { type: 'result' }>;

/**
 * A result with a summary: the chat shows the summary, and a page has the long form. `isLeft`: after an error, messages
 * of the person wait for /retry.
 */
export function withResult(
  state: State,
  turn: string,
  { text, summary, is_error: isError }: Result,
  ctx: Context,
  isLeft: boolean,
): State {
  const problem = isError ? (isLeft ? texts.agentError : texts.agentTrouble) : null;
  const onFile = isError || summary !== undefined ? null : answerOnFile(state, turn, text, ctx);
  if (onFile !== null) return onFile;
  if (summary === undefined || isError) return withAnswer(state, { turn, text, problem }, ctx);
  const page = pageOf(text, 0, ctx);
  const url = linkOf(page, state, turn, ctx);
  const link =
    url === null ? texts.moreLeft(ctx.parts(text, pagePartChars(state, turn, ctx)).length) : texts.allOfIt(url);
  return enqueue({ ...state, pages: [...state.pages, page] }, 'answer', [`${summary}\n\n${link}`], ctx, { turn });
}

/**
 * Null where a message can't hold the link whole, because a divided link leads nowhere, or where the phone can't open it:
 * /more brings the words.
 */
function linkOf({ id }: Page, state: State, turn: string | null, ctx: Context): string | null {
  const url = ctx.pageUrl(id, ctx.now + PAGE_FOR_MS);
  const { to } = endsOfAnswer(state, turn, ctx.now);
  return url.length <= ctx.channelOf(to).limits.text && canOpen(to, url, ctx) ? url : null;
}

/** Other addresses from which texts came that this answer is for read where it went. */
export function tellOtherEnds(state: State, turn: string, answered: readonly string[], ctx: Context): State {
  const { to } = endsOfAnswer(state, turn, ctx.now);
  const { name } = ctx.channelOf(to);
  return findOtherEnds(state, turn, answered, ctx).reduce((next, ends) => {
    const words = texts.reach.answerIs(name, schemeOf(ends.to) === schemeOf(to));
    return enqueue(next, 'notice', [words], ctx, { turn, ...ends });
  }, state);
}

/** The length of a page's first part: the channel's longest message less the link and its sentence. */
const pagePartChars = (state: State, turn: string | null, ctx: Context): number =>
  Math.min(PAGE_PART_CHARS, Math.max(PAGE_PART_LEAST, limitsOf(state, turn, ctx).text - PAGE_LINK_CHARS));

function pageOf(text: string, nextPart: number, ctx: Context): Page {
  const isCut = text.length > PAGE_MAX_CHARS;
  const markdown = isCut ? `${text.slice(0, PAGE_MAX_CHARS)}\n\n${texts.pageCut}` : text;
  return { id: ctx.id(), markdown, nextPart, createdAt: ctx.now };
}

export const readsOfMore = (): Read[] => [{ rows: 'newest-page' }];

/** The newest stored page. */
export function findNewestPage(state: State): Page | undefined {
  requireRead(state, { rows: 'newest-page' });
  return state.pages.at(-1);
}

/** The next parts of a long answer, for /more; null when all of it was sent. */
export function sendPageParts(state: State, page: Page, ctx: Context): State | null {
  const parts = ctx.parts(page.markdown, pagePartChars(state, null, ctx));
  const next = parts.slice(page.nextPart, page.nextPart + ctx.policy.maxParts);
  const left = parts.length - page.nextPart - next.length;
  const last = next.pop();
  if (last === undefined) return null;
  const bodies = [...next, left > 0 ? `${last}\n\n${texts.moreLeft(left)}` : last];
  const pages = state.pages.map((p) => (p.id === page.id ? { ...p, nextPart: page.nextPart + bodies.length } : p));
  return enqueue({ ...state, pages }, 'answer', bodies, ctx);
}
