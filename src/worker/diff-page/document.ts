import { shownCode, shownPlainly } from '../../git/shown-code.ts';
import type { FileDiff } from '../../git/unified-diff.ts';
import { makeOnce } from '../../lazy.ts';
import { texts } from '../../texts/index.ts';
import { formPageHeaders } from '../form-page-headers.ts';
import { htmlPage, timeInWords } from '../html-page.ts';
import { escapeHtml } from '../reading-page/escape.ts';
import { cutPages, type ShownFile, type ShownHunk, type ShownLine } from './pages.ts';
import { STYLE } from './style.ts';

// The page of a diff, for phones: files, hunks, lines that wrap, a form below the line that is commented on. It needs no
// script and has none. Every tag is one of ours, and every foreign word is escaped.

const words = texts.diffPage;

export const getDiffHeaders = makeOnce(() => formPageHeaders(STYLE));

export type DiffPage = {
  title: string;
  project: string;
  /** At the host; null for changes that are nowhere else. */
  url: string | null;
  createdAt: number;
  expiresAt: number;
  /** The diff is longer than what is kept. */
  isCut: boolean;
  files: readonly FileDiff[];
};

/** A line of a file, by their numbers from 0. */
export type Place = { file: number; line: number };

export type Shown = {
  /** From 1. */
  page: number;
  /** The line that is commented on. */
  at: Place | null;
  /** The comment on that line: the words for the chat and the address that opens it, or what is wrong; null before. */
  comment: Written | null;
};
type Written = { says: string; chat: string | null } | { trouble: 'empty' | 'long'; typed: string };

/** Of the name that a screen reader says. */
const LABEL_CHARS = 200;
/** The file list shows so many. */
const FILES_LISTED = 300;
/** With its place it fits one message of any channel. */
export const COMMENT_CHARS = 1000;

export function renderDiffPage(diff: DiffPage, { page, at, comment }: Shown): string {
  const pages = cutPages(diff.files);
  const number = Math.min(Math.max(1, page), pages.length);
  const shown = pages[number - 1] ?? [];
  const title = text(diff.title);
  const sum = (field: 'added' | 'removed'): number => diff.files.reduce((all, file) => all + file[field], 0);
  const body = [
    `<header><h1>${title}</h1>`,
    `<p>${text(diff.project)} · ${words.size(diff.files.length, sum('added'), sum('removed'))}</p>`,
    `<p class="soft">${words.asOf(timeInWords(diff.createdAt), timeInWords(diff.expiresAt))}</p>`,
    diff.url === null
      ? ''
      : `<p><a class="button" href="${escapeHtml(diff.url)}" rel="noopener noreferrer">${words.atHost}</a></p>`,
    '</header>',
    listOf(diff.files, pages),
    '<main>',
    diff.isCut ? `<p class="told">${words.cut}</p>` : '',
    diff.files.length === 0 ? `<p>${words.nothing}</p>` : `<p class="soft">${words.how}</p>`,
    ...shown.map((file) => renderFile(file, number, at, comment)),
    '</main>',
    renderPager(number, pages.length),
  ];
  const parts = body.filter((part) => part !== '').join('\n');
  return htmlPage(escapeHtml(shownPlainly(diff.title)), STYLE, `<body>\n${parts}\n</body>`);
}

/** A longer text is cut on the page, and one with more signs that are written out. */
const LINE_CHARS = 2000;
const SIGNS_SHOWN = 100;

function text(foreign: string): string {
  const all = shownCode(foreign.slice(0, LINE_CHARS));
  const shown = all.slice(0, 2 * SIGNS_SHOWN + 1);
  const isCut = foreign.length > LINE_CHARS || shown.length < all.length;
  const pieces = shown.map((piece, n) => (n % 2 === 1 ? `<span class="sign">${piece}</span>` : escapeHtml(piece)));
  return pieces.join('') + (isCut ? `<span class="soft">${words.lineCut}</span>` : '');
}

function listOf(files: readonly FileDiff[], pages: readonly ShownFile[][]): string {
  if (files.length < 2) return '';
  const pageOf = new Map<number, number>();
  for (const [n, page] of pages.entries()) for (const { index, goesOn } of page) if (!goesOn) pageOf.set(index, n + 1);
  const items = files
    .slice(0, FILES_LISTED)
    .map(
      (file, n) =>
        `<li><a href="?page=${pageOf.get(n) ?? 1}#f${n}"><bdi>${text(file.path)}</bdi><span class="counts">${counts(file)}</span></a></li>`,
    );
  const more =
    files.length > FILES_LISTED ? `<li class="soft">${words.moreFiles(files.length - FILES_LISTED)}</li>` : '';
  return `<nav aria-label="${words.files}"><details><summary>${words.files}</summary><ol>${items.join('\n')}${more}</ol></details></nav>`;
}

const counts = ({ added, removed }: FileDiff): string =>
  `<span class="come">+${added}</span> <span class="gone">−${removed}</span>`;

function renderFile(
  { index, file, goesOn, hunks }: ShownFile,
  page: number,
  at: Place | null,
  comment: Written | null,
): string {
  const note = [
    goesOn ? words.goesOn : '',
    file.change === 'changed' ? '' : words.change[file.change](file.oldPath === null ? '' : text(file.oldPath)),
    file.modes === null ? '' : words.mode(escapeHtml(file.modes[0]), escapeHtml(file.modes[1])),
    file.isBinary ? words.binary : '',
  ].filter((each) => each !== '');
  const id = goesOn ? '' : ` id="f${index}"`;
  return [
    `<section${id} aria-label="${escapeHtml(shownPlainly(file.path.slice(0, LABEL_CHARS)))}"><h2><bdi>${text(file.path)}</bdi><span class="counts">${counts(file)}</span></h2>`,
    note.length === 0 ? '' : `<p class="soft note">${note.join(' · ')}</p>`,
    ...hunks.map((hunk) => renderHunk(hunk, index, page, at, comment)),
    '</section>',
  ].join('');
}

function renderHunk(
  { title, lines }: ShownHunk,
  file: number,
  page: number,
  at: Place | null,
  comment: Written | null,
): string {
  const [first] = lines;
  const from = first?.after ?? first?.before ?? 1;
  const rows = lines.map((line) => renderLine(line, { file, line: line.line }, page, at, comment));
  return `<h3>${words.lines(from)}${title === '' ? '' : ` · <code>${text(title)}</code>`}</h3><ol class="lines">${rows.join('')}</ol>`;
}

const MARKS = { same: ' ', added: '+', removed: '−' } as const;

function renderLine(line: ShownLine, place: Place, page: number, at: Place | null, comment: Written | null): string {
  const number = line.after ?? line.before ?? 0;
  const id = `f${place.file}l${place.line}`;
  const isAt = at !== null && at.file === place.file && at.line === place.line;
  const code = text(line.text);
  const mark = `<span class="mark">${MARKS[line.kind]}</span>`;
  const ears = line.kind === 'same' ? '' : `<span class="for-ears">${words.kinds[line.kind]} </span>`;
  const form = !isAt
    ? ''
    : comment !== null && 'says' in comment
      ? renderReady(comment)
      : renderForm(place, page, comment);
  return `<li id="${id}" class="${line.kind}"><a href="?page=${page}&#38;at=${place.file}.${place.line}#comment" aria-label="${words.commentOn(number)}">${number}</a><code>${ears}${mark}${code}</code>${form}</li>`;
}

function renderForm({ file, line }: Place, page: number, wrong: Extract<Written, { typed: string }> | null): string {
  const place = `<input type="hidden" name="page" value="${page}"><input type="hidden" name="at" value="${file}.${line}">`;
  return [
    `<form method="post" action="?page=${page}#comment">${place}<label for="comment">${words.comment}</label>`,
    wrong === null ? '' : `<p class="told" role="alert">${words.told[wrong.trouble]}</p>`,
    // A browser drops the first line break of a text field.
    `<textarea id="comment" name="comment" rows="3" maxlength="${COMMENT_CHARS}" required>\n${escapeHtml(wrong?.typed ?? '')}</textarea>`,
    `<button type="submit">${words.write}</button></form>`,
  ].join('');
}

function renderReady({ says, chat }: Extract<Written, { says: string }>): string {
  const open =
    chat === null ? '' : `<a class="button" href="${escapeHtml(chat)}" rel="noopener noreferrer">${words.openChat}</a>`;
  const intro = chat === null ? words.readyToCopy : words.ready;
  return `<div class="ready" id="comment" tabindex="-1"><p role="status">${intro}</p><p class="says">${escapeHtml(says)}</p>${open}</div>`;
}

function renderPager(page: number, pages: number): string {
  if (pages === 1) return '';
  const link = (to: number, title: string): string =>
    to < 1 || to > pages ? '<span></span>' : `<a class="button" href="?page=${to}">${title}</a>`;
  return `<nav class="pager" aria-label="${words.pages}">${link(page - 1, words.before)}<span>${words.page(page, pages)}</span>${link(page + 1, words.after)}</nav>`;
}
