import { isNote, wishOfRef } from '../conversation/access/wishes.ts';
import { boundRepositories } from '../conversation/repositories/bound-projects.ts';
import { isIn, roleOf } from '../conversation/state/standing.ts';
import { reasonOf } from '../log.ts';
import { withTimeout } from '../timeout.ts';
import type { LaneContext } from './lanes/lane-context.ts';

// Calls of a conversation to the directory: for an admin, and about its projects' repositories. Every call can be
// repeated; a timer does so.

const WISH_TIMEOUT_MS = 12_000;
const INDEX_TIMEOUT_MS = 12_000;

export async function performWish(ref: string, context: LaneContext): Promise<void> {
  const kept = wishOfRef(ref);
  if (!kept) return;
  const { id, wish } = kept;
  const services = context.services();
  // An admin who is out by now asks for nothing more.
  if (!isIn(context.load(), services) && !isNote(ref)) return;
  try {
    const said = await withTimeout(WISH_TIMEOUT_MS, services.wish(wish, roleOf(context.load(), services), id));
    context.apply({ type: 'wish-answered', ref, said });
  } catch (error) {
    context.report({ level: 'warn', event: 'wish-unanswered', reason: reasonOf(error) });
  }
}

export async function performTellRepositories({ load, services, apply, report }: LaneContext): Promise<void> {
  const repositories = boundRepositories(load());
  try {
    await withTimeout(INDEX_TIMEOUT_MS, services().bindRepositories(repositories));
    apply({ type: 'repositories-told', repositories });
  } catch (error) {
    report({ level: 'warn', event: 'repositories-not-told', reason: reasonOf(error) });
  }
}
