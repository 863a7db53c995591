import { scheduleTexts } from '../texts/schedules.ts';
import type { Reply } from './rows.ts';

// What a reply offers to choose from, as its row keeps it, and the ids that come back with a tap. An id names its question
// and option, so a tap answers its own question whatever else is open.

export type Choice = { id: string; title: string };

/** A question as the channel may show it. */
export type Offer = {
  question: string;
  /** The words above the buttons; the reply's body has them and the options, numbered. */
  text: string;
  /** None: it is to be sent as plain text. */
  items: Choice[];
  /** What the carrier was given to show them, so that another try shows the same; null until then. */
  content: string | null;
};

export const choiceId = (question: string, option: number): string => `q:${question}:${option}`;

/** Null when it is none of ours. */
export function readChoiceId(id: string): { question: string; option: number } | null {
  const match = /^q:([0-9A-HJKMNP-TV-Z]{26}):(\d{1,2})$/.exec(id);
  return match?.[1] ? { question: match[1], option: Number(match[2]) } : null;
}

export function offerOf(reply: Pick<Reply, 'choices'>): Offer | null {
  return reply.choices === null ? null : (JSON.parse(reply.choices) as Offer);
}

/** The row's choices with a change; null stays null. */
export function withOffer(reply: Pick<Reply, 'choices'>, change: Partial<Offer>): string | null {
  const offer = offerOf(reply);
  return offer && JSON.stringify({ ...offer, ...change });
}

/** What the product itself asks (asking.ts). */
export const askedChoiceId = (asking: string, option: number): string => `a:${asking}:${option}`;

/** Null when it is no answer to what the product asked. */
export function readAskedChoice(id: string): { asking: string; option: number } | null {
  const match = /^a:([0-9A-HJKMNP-TV-Z]{26}):(\d{1,2})$/.exec(id);
  return match?.[1] ? { asking: match[1], option: Number(match[2]) } : null;
}

/** What can be tapped below a reminder. The ids name its run. */
export const REMINDER_CHOICES = ['snooze', 'done'] as const;
export const reminderOffer = (run: string, text: string): Offer => ({
  question: run,
  text,
  items: REMINDER_CHOICES.map((choice) => ({ id: `r:${run}:${choice}`, title: scheduleTexts.choices[choice] })),
  content: null,
});

/** The same in words: the whole message. */
export function readReminderWord(text: string): (typeof REMINDER_CHOICES)[number] | null {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/[.!]+$/, '');
  if (words === 'done') return 'done';
  return /^snooze(?: (?:for )?(?:1 ?h|1 hour|an hour))?$/.test(words) ? 'snooze' : null;
}

/** Null when it is no tap on a reminder. */
export function readReminderChoice(id: string): { run: string; choice: (typeof REMINDER_CHOICES)[number] } | null {
  const match = /^r:([0-9A-HJKMNP-TV-Z]{26}):(snooze|done)$/.exec(id);
  return match?.[1] ? { run: match[1], choice: match[2] === 'done' ? 'done' : 'snooze' } : null;
}
