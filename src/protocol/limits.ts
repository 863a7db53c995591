// Bounds that relay and machine share. Each side checks them: neither relies on the other.

/** The largest file from a person to a machine: the carrier takes no larger one. */
export const FILE_IN_MAX_BYTES = 16 * 2 ** 20;
/** The largest file from a machine to a person. */
export const FILE_OUT_MAX_BYTES = 100 * 2 ** 20;
/** The longest text that one side gives the other: a task, a message, an answer to a tool. */
export const TEXT_MAX_CHARS = 65_536;
/** The longest command that checks whether a scheduled run is needed. */
export const CHECK_MAX_CHARS = 1000;
/** A no about the programs of a project, and silence, hold this long. A yes holds until it is revoked. */
export const PROGRAMS_DENIED_MS = 24 * 60 * 60_000;
/** Answers about the programs of one project, the newest: each is for one content, and branches may differ. */
export const PROGRAMS_KEPT = 20;
