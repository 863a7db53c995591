// Comments that make a bot at the host merge or approve, with the rights of their author. Only the known ones: any bot may
// have words of its own.

const COMMANDS =
  /^[ \t]*(?:@dependabot[ \t]+(?:squash[ \t]+and[ \t]+)?merge|@mergify(?:io)?[ \t]+(?:merge|queue)|(?:@?bors(?:-servo|\[bot\])?|@homu):?[ \t]+(?:r\+|r=|merge)|\/(?:merge|approve|lgtm|automerge|auto-merge)\b)/im;

/** `body`: of a write to the host's API. A line anywhere in a comment counts, because bots read every line. */
export function saysMerge(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { body: text, comments } = body as { body?: unknown; comments?: unknown };
  return [text, ...(Array.isArray(comments) ? comments.map(bodyOf) : [])].some(isMergeCommand);
}

export const isMergeCommand = (text: unknown): boolean => typeof text === 'string' && COMMANDS.test(text);

const bodyOf = (comment: unknown): unknown =>
  typeof comment === 'object' && comment !== null ? (comment as { body?: unknown }).body : null;
