import type { ContentBlock, ModelRequest } from './messages-api.ts';
import { type Picture, pictureOf } from './received.ts';

// Reads a request of Claude Code as a conversation: what the person wrote, what the model answered, which tools ran.
// Claude Code wraps the person's text in reminder blocks. A text that arrives while a tool runs comes either inside
// such a reminder at the end of the tool's result or, for newer models, in a message with the role `system`. Texts that
// waited together arrive as one, joined by line breaks. Pure.

export type Entry =
  /** `pictures`: what the text's images show. */
  | { kind: 'person'; text: string; pictures?: Picture[] }
  | { kind: 'answer'; text: string }
  | { kind: 'call'; id: string; name: string; input: Record<string, unknown> }
  | { kind: 'result'; callId: string; text: string; failed: boolean }
  /** The person stopped the turn. */
  | { kind: 'stopped' }
  /** The beginning of a compacted conversation. */
  | { kind: 'summary'; text: string }
  /** Claude Code's own request for such a summary. */
  | { kind: 'compact' };

const OPEN = '<system-reminder>';
const CLOSE = '</system-reminder>';
const STEERED = 'The user sent a new message while you were working:\n';
const STEERED_END = '\n\nThis is how Claude Code surfaces messages';
const STOPPED = /^\[Request interrupted by user[^\]]*\]$/;
// Records of the CLI's own actions, such as /compact.
const LOCAL = /^<(local-command-caveat|command-name|local-command-stdout|local-command-stderr)>/;
// The path of the CLI's copy of an image.
const IMAGE_SOURCE = /^\[Image: source: [^\n]*\]$/;
// Claude Code adds the line RESUMED after the texts of an interrupted turn, and FILLER before it when there is no
// answer.
const RESUMED = 'Continue from where you left off.';
const FILLER = 'No response requested.';
// Stands for the result of a running tool in the request of a side question, which has nothing to do with the tool.
const NO_RESULT_YET = '[No result yet';
const COMPACT = /^CRITICAL: Respond with TEXT ONLY[\s\S]*summary/;
const SUMMARY = /^This session is being continued from a previous conversation/;

export function readConversation(request: ModelRequest): Entry[] {
  return request.messages.flatMap(({ role, content }, index): Entry[] => {
    const blocks = blocksOf(content);
    if (role === 'system') return blocks.flatMap((block) => steered(block.text ?? ''));
    if (role === 'assistant') {
      const isFiller = blocks.length === 1 && blocks[0]?.text === FILLER && isResumed(request.messages[index + 1]);
      return isFiller ? [] : said(blocks);
    }
    return withPictures(blocks.flatMap(heard), blocks);
  });
}

const blocksOf = (content: string | ContentBlock[]): ContentBlock[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

const isResumed = (message: ModelRequest['messages'][number] | undefined): boolean =>
  blocksOf(message?.content ?? []).some(({ text }) => text?.startsWith(RESUMED));

/** The pictures of a message come before its words and belong to its first text. */
function withPictures(entries: Entry[], blocks: readonly ContentBlock[]): Entry[] {
  const pictures = blocks.flatMap(({ type, source }) =>
    type === 'image' && source?.data ? [pictureOf(source.data)] : [],
  );
  const first = entries.findIndex(({ kind }) => kind === 'person');
  if (pictures.length === 0 || first < 0) return entries;
  return entries.map((entry, index) => (index === first ? ({ ...entry, pictures } as Entry) : entry));
}

/**
 * Every text of the person in the request, oldest first, so that tests can check that each arrived exactly once. Texts
 * that waited together are one entry with a line for each.
 */
export const personTexts = (request: ModelRequest): string[] =>
  readConversation(request).flatMap((entry) => (entry.kind === 'person' ? [entry.text] : []));

/** The agent's working folder, as Claude Code announces it; null without an announcement. */
export function workingFolder(request: ModelRequest): string | null {
  const texts = [request.system, ...request.messages.map((message) => message.content)].map((content) =>
    typeof content === 'string' ? content : (content ?? []).map((block) => block.text ?? '').join('\n'),
  );
  return /Primary working directory: (.+)/.exec(texts.join('\n'))?.[1]?.trim() ?? null;
}

function said(blocks: readonly ContentBlock[]): Entry[] {
  const calls = blocks
    .filter((block) => block.type === 'tool_use')
    .map((block): Entry => ({ kind: 'call', id: block.id ?? '', name: block.name ?? '', input: block.input ?? {} }));
  if (calls.length > 0) return calls;
  const text = blocks.map((block) => (block.type === 'text' ? (block.text ?? '') : '')).join('\n');
  return [{ kind: 'answer', text: text.trim() }];
}

function heard(block: ContentBlock): Entry[] {
  if (block.type === 'tool_result') {
    const { text, reminders } = unwrapped(resultText(block.content));
    if (text.startsWith(NO_RESULT_YET)) return [{ kind: 'stopped' }];
    const failed = block.is_error === true;
    return [{ kind: 'result', callId: block.tool_use_id ?? '', text, failed }, ...steered(reminders)];
  }
  if (block.type !== 'text') return [];
  const { text, reminders } = unwrapped(block.text ?? '');
  if (text === '') return steered(reminders);
  if (STOPPED.test(text)) return [{ kind: 'stopped' }];
  if (LOCAL.test(text) || IMAGE_SOURCE.test(text)) return [];
  if (COMPACT.test(text)) return [{ kind: 'compact' }];
  if (SUMMARY.test(text)) return [{ kind: 'summary', text }];
  const words = text.startsWith(RESUMED) ? linesAfterFirst(text) : text;
  return words === '' ? [] : [{ kind: 'person', text: words }];
}

const linesAfterFirst = (text: string): string => text.split('\n').slice(1).join('\n').trim();

function steered(text: string): Entry[] {
  const entries: Entry[] = [];
  for (let at = text.indexOf(STEERED); at !== -1; ) {
    const begin = at + STEERED.length;
    const end = text.indexOf(STEERED_END, begin);
    if (end === -1) break;
    entries.push({ kind: 'person', text: text.slice(begin, end).trim() });
    at = text.indexOf(STEERED, end + STEERED_END.length);
  }
  return entries;
}

/**
 * A text without the reminders before and after it, and those reminders. A reminder in the middle is the person's own
 * text.
 */
function unwrapped(wrapped: string): { text: string; reminders: string } {
  let text = wrapped.trim();
  let reminders = '';
  while (text.startsWith(OPEN) && text.includes(CLOSE)) {
    const end = text.indexOf(CLOSE) + CLOSE.length;
    reminders += text.slice(0, end);
    text = text.slice(end).trimStart();
  }
  let after = '';
  while (text.endsWith(CLOSE) && text.includes(OPEN)) {
    const start = text.lastIndexOf(OPEN);
    after = text.slice(start) + after;
    text = text.slice(0, start).trimEnd();
  }
  return { text, reminders: reminders + after };
}

function resultText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) =>
      typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string' ? part.text : '',
    )
    .join('\n');
}
