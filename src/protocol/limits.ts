// Limits that relay and machine share. Each side checks them and relies on nobody else's check.

/** Largest file from a person to a machine: Telegram hands over no larger one, and WhatsApp none above 16 MB. */
export const FILE_IN_MAX_BYTES = 20 * 2 ** 20;
/** The largest file from a machine to a person. */
export const FILE_OUT_MAX_BYTES = 100 * 2 ** 20;
/** Longest text between the two sides: a task, a message, an answer to a tool. */
export const TEXT_MAX_CHARS = 65_536;
/** The longest command that checks whether a scheduled run is needed. */
export const CHECK_MAX_CHARS = 1000;
/** How long a no (or silence) about the programs of a project counts. A yes counts until it is revoked. */
export const PROGRAMS_DENIED_MS = 24 * 60 * 60_000;
/**
 * Most answers kept about the programs of one project, the newest. Each is for one content, and branches may differ.
 */
export const PROGRAMS_KEPT = 20;
/** Most tool calls that the event `steps` lists, the newest; and the most characters of their JSON. */
export const STEPS_MAX = 1000;
export const STEPS_CHARS = 65_536;
/** Most bytes of the diff that the action `diff` answers. */
export const DIFF_MAX_BYTES = 256 * 1024;
