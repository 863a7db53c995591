import type { LaneContext } from './lanes/lane-context.ts';
import { readDiffRow } from './stores/diff-store.ts';

// A diff for its page.

/** `number`: of the pull request, or null. `sender`: our address in the chat. */
export type DiffContent = {
  title: string;
  project: string;
  number: number | null;
  sender: string;
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
  const { title, number, url, patch, isCut, createdAt } = row;
  const { projects, conversation } = calls.load();
  const project = projects.find((p) => p.id === row.project)?.label ?? '';
  const { sender } = conversation;
  return { title, project, number, sender, url, patch, isCut, createdAt: calls.toRealTime(createdAt) };
}
