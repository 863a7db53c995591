import type { Role } from '../../input/roles.ts';

// What the person's home knows about their access, beyond the lists of the configuration: one value in the
// conversation's row.

/**
 * in: may text and is worked for · locked: until a PIN or an admin's yes · blocked: by an admin · out: neither the
 * lists nor an admin let the person in, or no longer.
 */
export type Standing = 'in' | 'locked' | 'blocked' | 'out';

/** asked: the person or an admin locked it · silent: nobody had written for long, and the person has a PIN. */
export type LockReason = 'asked' | 'silent';

export type Access = {
  /** As an admin gave it; null: as the configuration lists the person. */
  role: Role | null;
  /** True if an admin or an invitation let the person in: the lists need not name them. */
  admitted: boolean;
  state: 'in' | 'locked' | 'blocked';
  /** Null unless locked. */
  because: LockReason | null;
  /** The sealed PIN, or null. */
  pin: string | null;
  /** Wrong PINs in a row, and until when no PIN is tried after too many. */
  wrong: number;
  waitUntil: number;
  /** When the locked person was last told so. */
  toldAt: number;
  /** When a PIN that can't count was last answered; null before the first in a lock. */
  refusedAt: number | null;
  /** The only reply that may leave while the person is locked: it says so. The newest one stays named after an unlock. */
  word: string | null;
  /** The last change by an admin, whose repeat changes nothing; null before one. */
  op: string | null;
  /** The day (YYYY-MM-DD, UTC) on which admins were asked for a larger budget, how often, and the wish that waits. */
  asks: { day: string; count: number; wish: string | null } | null;
  /** As WhatsApp shows it; null if unknown. */
  name: string | null;
  /** When each address was last heard of; absent before the first text that was counted so. */
  heard?: Readonly<Record<string, number>>;
  /** The texts of this day (YYYY-MM-DD, UTC). */
  day: string | null;
  texts: number;
};
