import type { JoinHow } from '../../input/access-command.ts';
import { isAtLeast } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import type { MergeFacts } from '../state/merge-events.ts';

// How two homes become one person: which of them goes into the other, and whether that is a merge. An unused home has
// nothing to hand over, so it is only linked, like a new address.

const said = texts.merging;

export type MergePlan = { how: JoinHow; goes: MergeFacts; stays: MergeFacts };

/** `maker` has made the code, `texter` has texted it. */
export function planMerge(maker: MergeFacts, texter: MergeFacts): MergePlan {
  const merge = planAgreed(maker, texter, 'merge');
  const { goes: younger, stays: elder } = merge;
  // The home with more rights stays, as in a merge.
  const mayGo = (goes: MergeFacts, stays: MergeFacts): boolean => goes.isUnused === true && !raises(goes, stays);
  const how = (goes: MergeFacts): JoinHow => (goes === texter ? 'joins' : 'takes');
  if (mayGo(younger, elder)) return { how: how(younger), goes: younger, stays: elder };
  if (mayGo(elder, younger)) return { how: how(elder), goes: elder, stays: younger };
  return merge;
}

/** A plan that was agreed before, whatever has happened in either home since. */
export function planAgreed(maker: MergeFacts, texter: MergeFacts, how: JoinHow): MergePlan {
  if (how === 'joins') return { how, goes: texter, stays: maker };
  if (how === 'takes') return { how, goes: maker, stays: texter };
  return isElder(maker, texter) ? { how, goes: texter, stays: maker } : { how, goes: maker, stays: texter };
}

/** Ties are broken by the id, the same way round for both. */
const isElder = (one: MergeFacts, other: MergeFacts): boolean =>
  one.beganAt < other.beganAt || (one.beganAt === other.beganAt && one.id < other.id);

const raises = (goes: MergeFacts, stays: MergeFacts): boolean => !isAtLeast(stays.role, goes.brings ?? goes.role);

/** Why the two don't become one, or null. The rights of the one that stays count, so that a merge raises nobody's. */
export function refusalToMerge({ goes, stays }: MergePlan): string | null {
  if (goes.standing !== 'in' || stays.standing !== 'in') return said.otherLocked;
  if (goes.isMerging || stays.isMerging) return said.isMerging;
  if (raises(goes, stays)) return said.needsRole;
  return goes.losesFiles ? said.noBackups : null;
}
