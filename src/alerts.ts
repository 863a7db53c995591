import { texts } from './texts.ts';
import { isFirstOfPerson } from './worker/access.ts';

// What the relay's edge tells its operator: causes, and words that say what to do. Never a phone number, never what
// somebody wrote. A cause is told once an hour, however often it is raised.

export type Raised = { cause: string; text: string; conversation: string | null; ref: string | null };

const ofTheEdge = (cause: string, text: string): Raised => ({ cause, text, conversation: null, ref: null });

export const alerts = {
  inboundNotCompared: (minutes: number): Raised =>
    ofTheEdge(
      'inbound-not-compared',
      `For ${minutes} minutes Twilio’s list of inbound messages could not be compared with what arrived here, so a text whose webhook was lost stays unanswered. Look for "inbound-not-compared" in the relay’s log; if it says HTTP 401, the token or API key was changed.`,
    ),
  inboundUnseen: (from: number, to: number): Raised =>
    ofTheEdge(
      'inbound-unseen',
      `Texts that Twilio took between ${minuteOf(from)} and ${minuteOf(to)} (UTC) were not compared with what arrived here, and are too old to be answered now. If the relay was away at that time, look in Twilio’s log who wrote.`,
    ),
  rolloutStuck: (): Raised => ofTheEdge('rollout-stuck', texts.machines.alertStuck),
} as const;

const minuteOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

const LONGEST = 1000;

/** What is stored and sent: bounded, and without anything that looks like a phone number. */
export function presentable(text: string): string {
  return text.replace(/\+\d[\d\s().-]{4,}\d/g, '[number]').slice(0, LONGEST);
}

/** The text to an operator. The conversation is shortened: enough to find it in the list of alerts. */
export function operatorText({ text, conversation }: Pick<Raised, 'text' | 'conversation'>): string {
  return conversation === null ? `Roost: ${text}` : `Roost: ${text}\nConversation ${conversation.slice(0, 8)}`;
}

/** Where an operator is written to, and from which address of ours: on WhatsApp when we have an address there. */
export function operatorAddresses(
  admins: readonly string[],
  senders: readonly string[],
): { address: string; sender: string }[] {
  const whatsApp = senders.find((sender) => sender.startsWith('whatsapp:'));
  return admins.filter(isFirstOfPerson).flatMap((number) => {
    if (whatsApp !== undefined) return [{ address: `whatsapp:${number}`, sender: whatsApp }];
    return senders[0] === undefined ? [] : [{ address: number, sender: senders[0] }];
  });
}
