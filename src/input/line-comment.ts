import { readPullName } from './pull-command.ts';

// A comment on a line of a diff, as the text that its page fills into the chat: `/comment shop#12 "src/cart.ts" 12 > sum`
// and the person's words below. Typed by hand it may be one line: `/comment "src/cart.ts" 12: why?`

/** `label`: null for the active project. `number`: of the pull request; null for work that is in none. */
export type LineComment = {
  label: string | null;
  number: number | null;
  path: string;
  /** Of the file before the change when it was removed. */
  line: number;
  isRemoved: boolean;
  /** What the line says, cut; empty if the text doesn't quote it. */
  code: string;
  text: string;
};

const PATH_CHARS = 200;
const CODE_CHARS = 120;
/** A name, a path, a number and the code. */
const HEAD_CHARS = 500;

/** `path` and `code`: as a person can see them, on one line. */
export function printLineComment({ label, number, path, line, isRemoved, code, text }: LineComment): string {
  const name = number === null ? label : `${label ?? ''}#${number}`;
  const quoted = `"${path.replaceAll('"', "'").slice(0, PATH_CHARS)}"`;
  const head = ['/comment', ...(name === null ? [] : [name]), quoted, `${isRemoved ? '-' : ''}${line}`].join(' ');
  return `${head} > ${code.slice(0, CODE_CHARS)}\n${text}`;
}

/** `rest`: what follows /comment. Null for anything else, also for a comment without words. */
export function readLineComment(rest: string): LineComment | null {
  // A name of a project has no `>`, and the path has no quote.
  const [place, name = '', path, minus = '', line] =
    /^([^>\n]*?)"([^"\n]{1,200})" (-?)(\d{1,7})(?= > |[:\n])/.exec(rest.slice(0, HEAD_CHARS)) ?? [];
  if (place === undefined || path === undefined || line === undefined) return null;
  const after = rest.slice(place.length);
  const quoted = after.startsWith(' > ') ? (after.slice(3).split('\n', 1)[0] ?? '') : null;
  const text = after.slice(quoted === null ? 1 : 3 + quoted.length).trim();
  if (text === '') return null;
  const named = name.trim();
  const of = readPullName(named) ?? { label: named === '' ? null : named, number: null };
  return { ...of, path, line: Number(line), isRemoved: minus === '-', code: quoted ?? '', text };
}
