import { withoutPoliteness } from '../../input/consent.ts';
import { withoutEnd } from '../../protocol/linear-text.ts';
import { scheduleTexts } from '../../texts/schedules.ts';
import type { Event } from './events.ts';
import type { Offer } from './offer.ts';
import type { Reply } from './rows.ts';

type Arrival = Extract<Event, { type: 'message' }>;

// The choices that a reply offers, as stored in its row, and the ids that come back with a tap. An id names its
// question and option, so a tap answers its own question even if others are open.

export const choiceIdOf = (question: string, option: number): string => `q:${question}:${option}`;

/** Null if the id isn't a choice of an agent's question. */
export function readChoiceId(id: string): { question: string; option: number } | null {
  const match = /^q:([0-9A-HJKMNP-TV-Z]{26}):(0|[1-9]\d?)$/.exec(id);
  return match?.[1] ? { question: match[1], option: Number(match[2]) } : null;
}

/** The choices when Roost asks whether the person's words were the answer: the question's own first two, or neither. */
export const MEANT = ['first', 'second', 'neither'] as const;
export type Meant = { question: string; message: number; choice: (typeof MEANT)[number] };

export const meantChoiceIdOf = ({ question, message, choice }: Meant): string => `m:${question}:${message}:${choice}`;

/** Null if the id isn't a choice about the meaning of words. */
export function readMeantChoice(id: string): Meant | null {
  const [, question, message, word] = /^m:([0-9A-HJKMNP-TV-Z]{26}):(0|[1-9]\d{0,14}):([a-z]+)$/.exec(id) ?? [];
  const choice = MEANT.find((each) => each === word);
  return question && choice ? { question, message: Number(message), choice } : null;
}

/** Changes the row's choices. Null stays null. */
export const withOffer = ({ choices }: Pick<Reply, 'choices'>, change: Partial<Offer>): Offer | null =>
  choices && { ...choices, ...change };

/** The id of a choice in an own prompt (questions/own-prompts.ts). */
export const askedChoiceIdOf = (asking: string, option: number): string => `a:${asking}:${option}`;

/** Null if the id isn't a choice in an own prompt. */
export function readAskedChoice(id: string): { asking: string; option: number } | null {
  const match = /^a:([0-9A-HJKMNP-TV-Z]{26}):(0|[1-9]\d?)$/.exec(id);
  return match?.[1] ? { asking: match[1], option: Number(match[2]) } : null;
}

/** The buttons below a reminder. Their ids name its run. */
export const REMINDER_CHOICES = ['snooze', 'done'] as const;
export const offerReminderChoices = (run: string, text: string): Offer => ({
  question: run,
  text,
  items: REMINDER_CHOICES.map((choice) => ({ id: `r:${run}:${choice}`, title: scheduleTexts.choices[choice] })),
  content: null,
});

const DONE =
  "done|it is done|it’s done|it's done|its done|all done|erledigt|hecho|ya está|fait|c’est fait|c'est fait|feito|fatto|✅".split(
    '|',
  );
const SNOOZE = /^(?:snooze(?: it| this)?(?: (?:for )?(?:1 ?h|1 hour|an hour))?|remind me (?:later|again|in an hour))$/;

/** Reads the same choices from a whole message in words. */
export function readReminderWord(text: string): (typeof REMINDER_CHOICES)[number] | null {
  const words = withoutPoliteness(withoutEnd(text.trim().toLowerCase(), /[.!]/));
  if (DONE.includes(words)) return 'done';
  return SNOOZE.test(words) ? 'snooze' : null;
}

/** Null if the id isn't a button of a reminder. */
export function readReminderChoice(id: string): { run: string; choice: (typeof REMINDER_CHOICES)[number] } | null {
  const match = /^r:([0-9A-HJKMNP-TV-Z]{26}):(snooze|done)$/.exec(id);
  return match?.[1] ? { run: match[1], choice: match[2] === 'done' ? 'done' : 'snooze' } : null;
}

/** A button that stands for words: a tap on it is the same as texting them. */
export const wordsChoiceOf = (words: string): string => `w:${words}`;

/** The message as if the person had texted the words of the button they tapped. */
export function asTexted(event: Arrival): Arrival {
  const { choice, ...rest } = event;
  return choice?.startsWith('w:') ? { ...rest, message: { ...event.message, text: choice.slice(2) } } : event;
}
