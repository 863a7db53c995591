// How many projects and sessions a person has, and how long the assistant’s name and tone are. Milliseconds unless the name says
// otherwise.

/** Projects a person can work in: each is a folder, and a list on a phone is read as a whole. */
export const PROJECTS_MAX = 50;
/** Archived ones that are shown and can be brought back by name: the newest. */
export const PROJECTS_ARCHIVED_SHOWN = 50;
/** Sessions that /sessions shows: a screen of a phone. */
export const SESSIONS_SHOWN = 10;
/** As in the protocol. */
export const ASSISTANT_NAME_MAX = 50;
export const ASSISTANT_TONE_MAX = 500;
