import { findOpenTurn } from '../conversation/state/state.ts';
import { reasonOf } from '../log.ts';
import type { GitRefusalRow, GitUse } from './conversation-detail.ts';
import type { LaneContext } from './lanes/lane-context.ts';

// Tells the directory's audit how turns used git hosts: a row for each host and kind of request, and one for each
// refusal. Without a repository's name, a branch or a word of anybody.

export async function performTellUses({ load, services, git, isHome, report }: LaneContext): Promise<void> {
  if (!isHome()) return;
  const { uses, refusals } = git.untold(findOpenTurn(load())?.id ?? '');
  if (uses.length === 0 && refusals.length === 0) return;
  const { id, audit } = services();
  const of = { actor: id, subject: id };
  try {
    await audit([
      ...uses.map((use) => ({ ...of, action: `git ${use.kind}`, detail: detailOf(use), op: use.id })),
      ...refusals.map((row) => ({ ...of, action: `git ${row.kind} refused`, detail: refusalOf(row), op: row.id })),
    ]);
    if (isHome()) git.told(uses, refusals);
  } catch (error) {
    // The end of the next turn tells them too.
    report({ level: 'warn', event: 'git-uses-not-told', reason: reasonOf(error) });
  }
}

const detailOf = ({ host, requests, bytesUp, bytesDown, refused }: GitUse): string =>
  `${host}: ${requests} ${requests === 1 ? 'request' : 'requests'}, ${bytesUp} bytes up, ${bytesDown} down${refused > 0 ? `, ${refused} refused` : ''}`;

const refusalOf = ({ host, why }: GitRefusalRow): string => `${host}: ${why}`;
