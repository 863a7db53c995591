import type { DiffLine, FileDiff, Hunk } from '../../git/unified-diff.ts';

// Cuts a diff into pages of a bounded number of lines. A long file goes on, on the next page.

/** A phone draws so many at once, and a page stays below half a megabyte. */
export const LINES_A_PAGE = 600;

/** `line`: its number in the file's diff, counted from 0. */
export type ShownLine = DiffLine & { line: number };
export type ShownHunk = Omit<Hunk, 'lines'> & { lines: ShownLine[] };
/** `index`: of the file in the diff. `goesOn`: the page before has its beginning. */
export type ShownFile = { index: number; file: FileDiff; goesOn: boolean; hunks: ShownHunk[] };

/** At least one page. */
export function cutPages(files: readonly FileDiff[], most = LINES_A_PAGE): ShownFile[][] {
  const pages: ShownFile[][] = [[]];
  let room = most;
  for (const [index, file] of files.entries()) {
    // Its name takes room as well, so that a thousand empty files are several pages.
    if (room < 3) room = turn(pages, most);
    let shown = begin(pages, { index, file, goesOn: false, hunks: [] });
    room -= 2;
    let line = 0;
    for (const hunk of file.hunks) {
      let left = hunk.lines;
      while (left.length > 0) {
        if (room <= 0) {
          room = turn(pages, most);
          shown = begin(pages, { index, file, goesOn: true, hunks: [] });
        }
        const taken = left.slice(0, room);
        shown.hunks.push({ title: hunk.title, lines: taken.map((each, n) => ({ ...each, line: line + n })) });
        line += taken.length;
        room -= taken.length;
        left = left.slice(taken.length);
      }
    }
  }
  return pages;
}

function turn(pages: ShownFile[][], most: number): number {
  pages.push([]);
  return most;
}

function begin(pages: ShownFile[][], file: ShownFile): ShownFile {
  pages.at(-1)?.push(file);
  return file;
}
