import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of questions, consent and permissions. Milliseconds unless the name says
// otherwise.

/** The agent waits this long for the person, and the machine stays awake. Then it goes on without an answer. */
export const QUESTION_MS = 10 * MINUTE;
/** Words that come this soon after the answer to a request for consent still belong to that request. */
export const BURST_MS = 3000;
export const ANSWERED_JUST_NOW_MS = 10_000;
/** Most open questions of a turn. Beyond it the agent gets a refusal, so that it can't flood the person. */
export const QUESTIONS_MAX = 10;
/** Words that arrive this late consent to nothing, because nobody knows what they answered. */
export const TOLD_LATE_MS = MINUTE;
/** A message with buttons holds 1,024 characters. */
export const OFFER_CHARS = 1000;
/** WhatsApp's room below an item of a list. */
export const DESCRIPTION_CHARS = 72;
/** How many questions stay answerable after the agent stops waiting: the newest. */
export const LATE_MAX = 10;
/** Most permissions that are always allowed. At this number Always is no longer offered. */
export const GRANTS_MAX = 100;
/** If the machine has not taken an answer after this time, it gets the answer again … */
export const ANSWER_AGAIN_MS = 5 * SECOND;
/** … for as long as Roost waits for a machine that doesn't answer. */
export const ANSWER_GIVE_UP_MS = HOUR;
/** Lifetime of a question asked by Roost itself. */
export const ASKED_FOR_MS = DAY;
