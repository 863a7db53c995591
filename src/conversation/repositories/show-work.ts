import { shownPlainly } from '../../git/shown-code.ts';
import { readDiff } from '../../git/unified-diff.ts';
import type { WorkDiff } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { DIFF_FOR_MS } from '../policy/repositories.ts';
import type { Context, Decision } from '../state/events.ts';
import type { Turn } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { askAgent } from './ask-agent.ts';

// /diff of work that is in no pull request: the machine compares the project's files in a turn of its own, behind what
// waits, and the person gets the link to a page.

export const askForWork = (state: State, project: string, ctx: Context): Decision =>
  askAgent(state, project, '.', ctx, 'diff');

/** Only the answer to the action `diff` has changes, whatever the machine says. */
export const isWorkAsked = (state: State, uuids: readonly string[]): boolean =>
  state.messages.some(({ uuid, action }) => action === 'diff' && uuids.includes(uuid));

export function showWork(state: State, { id: turn, project }: Turn, diff: WorkDiff, ctx: Context): State {
  const { patch, is_cut: isCut } = diff;
  const against = diff.against === null ? null : shownPlainly(diff.against);
  const label = state.projects.find((each) => each.id === project)?.label ?? '';
  const id = ctx.id();
  const title = texts.pulls.workTitle(against);
  const row = { id, project, number: null, title, url: null, patch, isCut, comments: 0, createdAt: ctx.now };
  const files = readDiff(patch);
  const sum = (field: 'added' | 'removed'): number => files.reduce((all, file) => all + file[field], 0);
  const counts = { files: files.length, added: sum('added'), removed: sum('removed'), isCut };
  const link = ctx.diffUrl(id, ctx.now + DIFF_FOR_MS);
  const text = texts.pulls.work({ label, against }, counts, link);
  return enqueue({ ...state, diffs: [...state.diffs, row] }, 'answer', [text], ctx, { turn });
}
