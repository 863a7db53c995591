import { COMMENTS_MAX } from '../conversation/policy/repositories.ts';
import type { LineComment } from '../conversation/state/diff-rows.ts';
import { shownPlainly } from '../git/shown-code.ts';
import { lineOf, readDiff } from '../git/unified-diff.ts';
import { removeKeys } from '../input/keys.ts';
import type { LaneContext } from './lanes/lane-context.ts';
import { countComment, readDiffRow } from './stores/diff-store.ts';
import { hearOnce } from './stores/pull-request-store.ts';

// A diff for its page, and comments that are made there.

export type DiffContent = {
  title: string;
  project: string;
  url: string | null;
  patch: string;
  isCut: boolean;
  createdAt: number;
};

type Home = { sql: SqlStorage; calls: LaneContext };

/** Null when the diff is no longer kept. */
export function diffContentOf({ sql, calls }: Home, id: string): DiffContent | null {
  const row = readDiffRow(sql, id);
  if (row === null) return null;
  const { title, url, patch, isCut, createdAt } = row;
  const project = calls.load().projects.find((p) => p.id === row.project)?.label ?? '';
  return { title, project, url, patch, isCut, createdAt: calls.toRealTime(createdAt) };
}

/** `op`: names the comment, so that it arrives once. `file`, `line`: counted from 0. */
export type CommentWish = { op: string; file: number; line: number; text: string };
const CODE_CHARS = 300;
const PATH_CHARS = 200;

/** gone: there is no such diff or line, or no more comments are taken. */
export function takeComment({ sql, calls }: Home, id: string, wish: CommentWish): 'taken' | 'gone' {
  const row = readDiffRow(sql, id);
  const file = row === null ? undefined : readDiff(row.patch)[wish.file];
  const line = file === undefined ? null : lineOf(file, wish.line);
  if (row === null || file === undefined || line === null || row.comments >= COMMENTS_MAX) return 'gone';
  if (!hearOnce(sql, `comment ${id} ${wish.op}`, calls.now())) return 'taken';
  countComment(sql, id);
  const comment: LineComment = {
    project: row.project,
    number: row.number,
    path: shownPlainly(file.path).slice(0, PATH_CHARS),
    line: line.after ?? line.before ?? 0,
    kind: line.kind,
    code: shownPlainly(line.text).slice(0, CODE_CHARS),
    text: removeKeys(wish.text).text,
  };
  calls.apply({ type: 'commented', comment });
  return 'taken';
}
