// Comments that make a bot at the host merge or approve, with the rights of their author. Only the known ones: any bot may
// have words of its own.

/** At the beginning of a line. */
const LINE =
  /^[^\S\r\n\u2028\u2029]*(?:bors(?:-servo|\[bot\])?:?\s+(?:r\+|r=|merge)|\/(?:merge|approve|lgtm|automerge|auto-merge)\b)/im;
/** Wherever the bot is named. Bors and homu read all words of that line. */
const MENTION =
  /(?<!\w)@(?:dependabot\s+(?:squash\s+and\s+)?merge|mergify(?:io)?\s+(?:merge|queue)|(?:bors(?:-servo|\[bot\])?|homu)\b[^\n]{0,200}?[\s:](?:r\+|r=|merge))/i;

/** `body`: of a write to the host's API. A line anywhere in a comment counts, because bots read every line. */
export function saysMerge(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { body: text, comments } = body as { body?: unknown; comments?: unknown };
  return [text, ...(Array.isArray(comments) ? comments.map(bodyOf) : [])].some(isMergeCommand);
}

export const isMergeCommand = (text: unknown): boolean =>
  typeof text === 'string' && (LINE.test(text) || MENTION.test(text));

const bodyOf = (comment: unknown): unknown =>
  typeof comment === 'object' && comment !== null ? (comment as { body?: unknown }).body : null;
