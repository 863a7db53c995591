import type { ListedMessage } from '../channels/twilio/list.ts';
import type { Watermark } from '../objects/stores/directory-store.ts';
import { MINUTE } from '../units.ts';

// Decides which part of the carrier's list to compare, and the watermark afterwards. Pure; all times are the carrier's.

/** A younger message may still arrive by webhook, with the carrier's own retries. */
export const YOUNGEST_MS = 2 * MINUTE;
/** An older message is not answered unasked. */
export const OLDEST_MS = 40 * MINUTE;
/** For this long the writer of an older message is told about it, and can have it done. */
export const MISSED_MS = 7 * 24 * 60 * MINUTE;
/** A message may appear in the list some time after its date. */
export const OVERLAP_MS = 2 * MINUTE;
/** The number of remembered ids within the overlap. Messages beyond it are handed over again, which changes nothing. */
const RECENT_MAX = 200;

/** Both bounds are included. `unseenFrom`: messages from then until the range are too old, and were never compared. */
export type Range = { after: number; upTo: number; unseenFrom: number | null };

/** The range to compare now, at least an instant. A range once begun is read to its end, however long that takes. */
export function rangeOf({ reached, gapBelow }: Watermark, now: number): Range {
  const oldest = now - OLDEST_MS;
  const upTo = gapBelow ?? now - YOUNGEST_MS;
  if (reached === null) return { after: oldest, upTo, unseenFrom: null };
  const begun = reached - OVERLAP_MS;
  if (gapBelow !== null) return { after: Math.min(upTo, begun), upTo, unseenFrom: null };
  return { after: Math.min(upTo, Math.max(begun, oldest)), upTo, unseenFrom: reached < oldest ? reached : null };
}

/** The range that is too old to answer unasked and was never compared; null when there is none. */
export function findMissedRange({ after, unseenFrom }: Range, now: number): Range | null {
  if (unseenFrom === null) return null;
  return { after: Math.min(after, Math.max(unseenFrom - OVERLAP_MS, now - MISSED_MS)), upTo: after, unseenFrom: null };
}

/** `predecessor`: the carrier's id of the message that the person wrote just before, where the list shows it. */
export type Missing = ListedMessage & { predecessor: string | null };

/** The listed messages to hand over: inside the range, not remembered, oldest first. */
export function findMissing(listed: readonly ListedMessage[], watermark: Watermark, range: Range): Missing[] {
  const newest = new Map<string, string>();
  const own = listed.filter(({ to }) => to === watermark.sender).sort((a, b) => b.at - a.at);
  const placed = own.reverse().map((message): Missing => {
    const predecessor = newest.get(message.from) ?? null;
    newest.set(message.from, message.providerId);
    return { ...message, predecessor };
  });
  return inside(placed, range).filter(({ providerId }) => !watermark.recent.includes(providerId));
}

/**
 * The watermark after all of `listed` was handed over. `readDownTo`: null when the range was read to its end; otherwise
 * the date at which reading stopped. The list is newest first, so the next run reads the older rest.
 */
export function advanceWatermark(
  watermark: Watermark,
  range: Range,
  listed: readonly ListedMessage[],
  readDownTo: number | null,
): Watermark {
  const top = watermark.gapTop ?? range.upTo;
  const lately = inside(listed, range).filter(({ at }) => at >= top - OVERLAP_MS);
  const before = watermark.gapTop === null && readDownTo === null ? [] : watermark.recent;
  const recent = [...lately.map(({ providerId }) => providerId), ...before].slice(0, RECENT_MAX);
  if (readDownTo === null) return { ...watermark, reached: top, gapBelow: null, gapTop: null, recent };
  const reached = Math.max(watermark.reached ?? range.after, range.after);
  return { ...watermark, reached, gapBelow: readDownTo, gapTop: top, recent };
}

const inside = <Message extends ListedMessage>(listed: readonly Message[], { after, upTo }: Range): Message[] =>
  listed.filter(({ at }) => at >= after && at <= upTo);
