import { MINUTE } from '../../units.ts';

// How many projects and sessions a person has, and how long the assistant’s name and tone may be. Milliseconds unless
// the name says otherwise.

/** Projects that aren't archived. Each is a folder, and people read the list on a phone as a whole. */
export const PROJECTS_MAX = 50;
/** Archived projects that are listed and can be restored by name: the newest. */
export const PROJECTS_ARCHIVED_SHOWN = 50;
/** How exactly the last use of a session is known. /sessions sorts by it and shows its age. */
export const SESSION_USED_STEP_MS = 5 * MINUTE;
/** Sessions that /sessions lists: one screen of a phone. */
export const SESSIONS_SHOWN = 10;
/** The protocol has the same limits. */
export const ASSISTANT_NAME_MAX = 50;
export const ASSISTANT_TONE_MAX = 500;
