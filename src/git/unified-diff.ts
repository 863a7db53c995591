// Reads a diff as git writes it. The content is foreign: a hunk has as many lines as its header says, so that no line of
// a file passes for a header, and the time grows with the text alone.

export type DiffLine = {
  kind: 'same' | 'added' | 'removed';
  before: number | null;
  after: number | null;
  text: string;
};
export type Hunk = { title: string; lines: DiffLine[] };
export type FileDiff = {
  /** The new name; of a deleted file the old one. */
  path: string;
  /** The old name where it is another one. */
  oldPath: string | null;
  change: 'changed' | 'added' | 'deleted' | 'renamed' | 'copied';
  isBinary: boolean;
  /** The file's mode before and after, where it changed. */
  modes: readonly [string, string] | null;
  added: number;
  removed: number;
  hunks: Hunk[];
};

export const DIFF_FILES_MAX = 3000;
/** Systems allow 4,096 bytes, which git may write as four signs each. */
const NAME_CHARS = 17_000;

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)$/s;

/** A diff that ends in the middle of a hunk ends there. */
export function readDiff(text: string): FileDiff[] {
  const files: FileDiff[] = [];
  const lines = linesOf(text);
  let file: FileDiff | null = null;
  let modes: { old: string | null; now: string | null } = { old: null, now: null };
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n] ?? '';
    if (line.startsWith('diff --git ')) {
      if (files.length >= DIFF_FILES_MAX) break;
      file = newFile(line.slice('diff --git '.length));
      modes = { old: null, now: null };
      files.push(file);
      continue;
    }
    if (file === null) continue;
    const hunk = line.startsWith('@@ ') ? HUNK.exec(line) : null;
    if (hunk !== null) {
      n = readHunk(file, hunk, lines, n);
      continue;
    }
    readHeader(file, line, modes);
    if (modes.old !== null && modes.now !== null) file.modes = [modes.old, modes.now];
  }
  return files;
}

/** Without the empty piece after the last line. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const newFile = (names: string): FileDiff => ({
  path: pathOf(names),
  oldPath: null,
  change: 'changed',
  isBinary: false,
  modes: null,
  added: 0,
  removed: 0,
  hunks: [],
});

/** Of `a/x b/x`: both halves have the same length unless the file was renamed, and then a later line has the name. */
function pathOf(all: string): string {
  const names = all.slice(0, 2 * NAME_CHARS);
  if (names.startsWith('"')) {
    const end = /(?<!\\)(?:\\\\)*" /.exec(names.slice(1));
    return withoutSide(unquote(end === null ? names : names.slice(0, end.index + end[0].length)));
  }
  const half = (names.length - 1) / 2;
  return Number.isInteger(half) && names[half] === ' ' ? names.slice(half + 3) : withoutSide(names);
}

const withoutSide = (path: string): string => path.replace(/^[ab]\//, '');

function readHeader(file: FileDiff, line: string, modes: { old: string | null; now: string | null }): void {
  const [, word = '', rest = ''] =
    /^(old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to|---|\+\+\+|Binary files|GIT binary patch) ?(.*)$/s.exec(
      line,
    ) ?? [];
  switch (word) {
    case 'old mode':
      modes.old = rest.slice(0, 6);
      return;
    case 'new mode':
      modes.now = rest.slice(0, 6);
      return;
    case 'new file mode':
      file.change = 'added';
      return;
    case 'deleted file mode':
      file.change = 'deleted';
      return;
    case 'rename from':
    case 'copy from':
      file.change = word === 'rename from' ? 'renamed' : 'copied';
      file.oldPath = unquote(rest);
      return;
    case 'rename to':
    case 'copy to':
      file.path = unquote(rest);
      return;
    case '---':
      if (file.change === 'deleted') file.path = named(rest) ?? file.path;
      return;
    case '+++':
      file.path = named(rest) ?? file.path;
      return;
    case 'Binary files':
    case 'GIT binary patch':
      file.isBinary = true;
      return;
  }
}

/** Null for /dev/null. git ends a name with spaces with a tab. */
function named(rest: string): string | null {
  const name = rest.replace(/\t$/, '');
  return name === '/dev/null' ? null : withoutSide(unquote(name));
}

/** A name with other signs is in quotes, its bytes as octal numbers. */
function unquote(name: string): string {
  const inner = /^"(.*)" ?$/s.exec(name)?.[1];
  if (inner === undefined || inner.length > NAME_CHARS) return name.slice(0, NAME_CHARS);
  const bytes: number[] = [];
  const signs = new TextEncoder();
  for (const [piece, escaped] of inner.matchAll(/\\([0-7]{3}|.)|[^\\]+/gs)) {
    if (escaped === undefined) bytes.push(...signs.encode(piece));
    else if (/^[0-7]{3}$/.test(escaped)) bytes.push(Number.parseInt(escaped, 8) & 0xff);
    else bytes.push(...signs.encode(ESCAPES[escaped] ?? escaped));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' };

/** Returns the number of the hunk's last line. */
function readHunk(
  file: FileDiff,
  [, from, many, to, much, title = '']: RegExpExecArray,
  lines: string[],
  at: number,
): number {
  let [before, after] = [Number(from), Number(to)];
  let [left, right] = [Number(many ?? 1), Number(much ?? 1)];
  const hunk: Hunk = { title, lines: [] };
  file.hunks.push(hunk);
  let n = at;
  while ((left > 0 || right > 0) && n + 1 < lines.length) {
    const line = lines[n + 1] ?? '';
    const sign = line[0] ?? ' ';
    if (sign === '\\') {
      n++;
      continue;
    }
    const text = line.slice(1);
    if (sign === '+' && right > 0) {
      hunk.lines.push({ kind: 'added', before: null, after: after++, text });
      file.added++;
      right--;
    } else if (sign === '-' && left > 0) {
      hunk.lines.push({ kind: 'removed', before: before++, after: null, text });
      file.removed++;
      left--;
    } else if (sign === ' ' && left > 0 && right > 0) {
      hunk.lines.push({ kind: 'same', before: before++, after: after++, text });
      left--;
      right--;
    } else return n;
    n++;
  }
  return n;
}

/** The n-th line of a file's diff, counted from 0 over its hunks. */
export function lineOf({ hunks }: FileDiff, n: number): DiffLine | null {
  let left = n;
  for (const { lines } of hunks) {
    if (left < lines.length) return lines[left] ?? null;
    left -= lines.length;
  }
  return null;
}
