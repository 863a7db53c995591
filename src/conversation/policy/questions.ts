import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of questions, consent and permissions. Milliseconds unless the name says
// otherwise.

/** The agent waits this long for the person, with the machine awake; then it goes on without an answer. */
export const QUESTION_MS = 10 * MINUTE;
/** Words that come this soon after one request for consent was answered still belong to that one. */
export const BURST_MS = 3000;
export const ANSWERED_JUST_NOW_MS = 10_000;
/** The most open questions of a turn; beyond it the agent is told, so that it can't flood the person. */
export const QUESTIONS_MAX = 10;
/** Words that arrive later than this after they were written consent to nothing: nobody knows what they answered. */
export const TOLD_LATE_MS = MINUTE;
/** A message with buttons holds 1,024 characters. */
export const OFFER_CHARS = 1000;
/** Questions nobody waits for any more stay answerable, the newest of them. */
export const LATE_MAX = 10;
/** The most permissions that are always allowed; at this number Always is no longer offered. */
export const GRANTS_MAX = 100;
/** If the machine has not taken an answer after this time, it gets the answer again … */
export const ANSWER_AGAIN_MS = 5 * SECOND;
/** … for as long as a machine that does not answer is waited for. */
export const ANSWER_GIVE_UP_MS = HOUR;
/** Lifetime of a question asked by Roost itself. */
export const ASKED_FOR_MS = DAY;
