import { GAVE_UP, whyGivenUp } from '../../src/texts/given-up.ts';
import { texts } from '../../src/texts/index.ts';
import { readMessages } from '../accounts/twilio.ts';
import type { Vars } from '../local/dev-vars.ts';

// Finds out from Twilio’s lists whether the test message was answered.

/** The relay's own messages before or instead of an answer. Trial accounts put Twilio's words in front. */
const { making, again, waking } = texts.machines;
const NOTICES = [making, again, waking, texts.unreachable, ...GAVE_UP.map(whyGivenUp)];
export const isNotice = (body: string): boolean => NOTICES.some((notice) => body.includes(notice));

/** Whether the person's text has arrived since then, and whether an answer followed it. */
export async function exchangeSince(
  answers: Vars,
  sender: string,
  person: string,
  since: Date,
): Promise<{ heard: boolean; answered: boolean }> {
  const [inbound, outbound] = await Promise.all([
    readMessages(answers, { From: person, To: sender }),
    readMessages(answers, { From: sender, To: person }),
  ]);
  // Twilio's dates are whole seconds.
  const from = Math.floor(since.getTime() / 1000) * 1000;
  const heardAt = inbound.map(({ date_created }) => date_created).filter((at) => at >= from);
  const first = Math.min(...heardAt);
  const isAnswer = ({ date_created, status, body }: (typeof outbound)[number]): boolean =>
    !isNotice(body ?? '') && date_created >= first && ['sent', 'delivered', 'read'].includes(status);
  return { heard: heardAt.length > 0, answered: outbound.some(isAnswer) };
}
