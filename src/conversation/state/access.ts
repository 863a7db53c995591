import type { Role } from '../../input/roles.ts';

// What the person's home knows about their access, beyond the lists of the configuration, as stored in the
// conversation's row.

/** `role`: as an admin gave it; null: as the configuration lists the person. */
export type Access = { role: Role | null };
