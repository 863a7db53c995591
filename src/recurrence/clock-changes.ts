import { DAY } from '../units.ts';
import { findFirstShowing, listShiftsBetween, offsetAt, wallOf } from './zones.ts';

// The policy for schedules at a clock change (summer time, or a zone whose offset changes):
//
// - A fixed time is due at the first instant at which the local clock shows it or a later time. So a time in a gap runs
//   once, when the gap ends; a time that exists twice runs the first time only; times that coincide run once.
// - A rule on the real clock is due at every instant whose local time matches: both times in an overlap, and times in a
//   gap don't exist.
//
// A “wall” is what a local clock shows, as the milliseconds at which a clock in UTC shows the same.

/** 29 February is at most eight years away. */
export const HORIZON = 8 * 366 * DAY;

/** A rule's times without its exceptions: the nearest one after an instant, and the newest one up to an instant. */
export type Times = { after: (ms: number) => number | null; until: (ms: number) => number | null };

/** Fixed times: each wall at the first instant that shows it or a later one. */
export const atFixedTimes = (walls: Times, zone: string): Times => {
  /** The latest time the clock has shown up to `ms`: in an overlap not what it shows now. */
  const latestShown = (ms: number): number =>
    Math.max(wallOf(ms, zone), ...listShiftsBetween(zone, ms - DAY, ms).map((shift) => wallOf(shift - 1, zone)));
  const at = (wall: number | null): number | null => (wall === null ? null : findFirstShowing(wall, zone));
  return {
    after: (ms) => at(walls.after(latestShown(ms))),
    until: (ms) => at(walls.until(latestShown(ms))),
  };
};

/** On the real clock: every instant that shows a wall. Between two clock changes the walls are shifted by the offset in force. */
export const onRealClock = (walls: Times, zone: string): Times => ({
  after: (ms) => {
    for (let from = ms + 1; ; ) {
      const offset = offsetAt(from, zone);
      const wall = walls.after(from + offset - 1);
      if (wall === null || wall - from > HORIZON) return null;
      const found = wall - offset;
      // Between now and a far one only the next day matters, and the two before it: no change moves a clock further.
      const far = found - from > 4 * DAY;
      const [shift] = listShiftsBetween(zone, from, far ? from + DAY : found);
      if (shift === undefined && !far) return found;
      from = shift ?? found - 2 * DAY;
    }
  },
  until: (ms) => {
    for (let to = ms; ; ) {
      const offset = offsetAt(to, zone);
      const wall = walls.until(to + offset);
      if (wall === null || to - wall > HORIZON) return null;
      const found = wall - offset;
      const far = to - found > 4 * DAY;
      const shift = listShiftsBetween(zone, far ? to - DAY : found, to).at(-1);
      if (shift === undefined && !far) return found;
      to = shift === undefined ? found + 2 * DAY : shift - 1;
    }
  },
});
