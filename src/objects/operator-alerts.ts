import { addressOn, keepOnePerPerson, schemeOf } from '../addresses.ts';
import type { WebhookTrouble } from '../channels/channel.ts';
import { capabilitiesOf, channelOf, explainError, serviceOfCode } from '../channels/registry.ts';
import { texts } from '../texts/index.ts';
import { formatCount } from '../texts/phrasing.ts';
import type { SenderOutage } from './outage-rounds.ts';

// The alerts that the relay sends to its operators: a cause, and a sentence that says what to do. Never a phone number,
// never a person's words. Each cause is sent at most once an hour.

export type Raised = { cause: string; text: string; conversation: string | null; ref: string | null };

const ofTheEdge = (cause: string, text: string): Raised => ({ cause, text, conversation: null, ref: null });

export const alerts = {
  inboundNotCompared: (minutes: number): Raised =>
    ofTheEdge(
      'inbound-not-compared',
      `For ${minutes} minutes the relay couldn’t compare Twilio’s list of inbound messages with what arrived here. Texts whose webhook was lost stay unanswered until it can. Look for "inbound-not-compared" in the relay’s log: HTTP 401 there means that the auth token or API key was changed.`,
    ),
  /** `readFrom`: the writers are known from this time on. */
  webhookTroubled: (sender: string, trouble: WebhookTrouble, ms: number): Raised =>
    ofTheEdge(
      `webhook-${trouble.kind}/${schemeOf(sender)}`,
      texts.alerts.webhook(capabilitiesOf(sender).name, minutesOf(ms), trouble),
    ),
  foreignUpdates: (sender: string): Raised =>
    ofTheEdge(`foreign-updates/${schemeOf(sender)}`, texts.alerts.foreignUpdates(capabilitiesOf(sender).name)),
  inboundUnseen: (from: number, to: number, readFrom: number): Raised => {
    const rest = readFrom > from ? ` Before ${minuteOf(readFrom)}, Twilio’s log shows who wrote.` : '';
    return ofTheEdge(
      'inbound-unseen',
      `Between ${minuteOf(from)} and ${minuteOf(to)} (UTC) nothing compared Twilio’s list with what arrived here, for example because the relay was down. Texts that got lost then are too old to be answered by themselves: whoever wrote one is told, and can text /retry.${rest}`,
    );
  },
  carrierRefuses: ({ sender, beganAt, failure, code }: SenderOutage, now: number): Raised => {
    const { service } = channelOf(sender);
    if (failure === 'account' && code !== null)
      return ofTheEdge(
        `account-refused/${code}`,
        `${texts.alerts.accountRefused(serviceOfCode(code), code, explainError(code))} ${service.name} is tried again every 15 minutes or so, or at once with POST /operator/outages/retry.`,
      );
    const why =
      code === null ? 'it doesn’t answer, or answers with an error of its own' : `${code}: ${explainError(code)}`;
    return ofTheEdge(
      `carrier-refuses/${describeSender(sender)}`,
      `For ${minutesOf(now - beganAt)} ${service.name} has taken no replies from our ${describeSender(sender)} (${why}). They wait and leave in order once it takes them; you’ll get a text then. ${service.statusPage} shows ${service.name}’s own troubles.`,
    );
  },
  carrierTakesAgain: ({ sender, beganAt }: SenderOutage, now: number): Raised =>
    ofTheEdge(
      `carrier-takes-again/${describeSender(sender)}`,
      `${channelOf(sender).service.name} takes replies from our ${describeSender(sender)} again, after ${minutesOf(now - beganAt)}. What waited is leaving now.`,
    ),
  carrierUntried: ({ sender }: SenderOutage): Raised =>
    ofTheEdge(
      `carrier-takes-again/${describeSender(sender)}`,
      `Nothing waits on our ${describeSender(sender)} any more, so it isn’t tried again until there is something to send.`,
    ),
  budgetNearlyUsedUp: (): Raised =>
    ofTheEdge(
      'budget-nearly-used-up',
      'Four fifths of the budget of everybody together (DAILY_BUDGET_USD or MONTHLY_BUDGET_USD) are spent. When it is used up, work stops until the next day.',
    ),
  budgetUsedUp: (): Raised =>
    ofTheEdge(
      'budget-used-up',
      'The budget of everybody together is used up (DAILY_BUDGET_USD or MONTHLY_BUDGET_USD). Turns stop and go on by themselves the next day, or within ten minutes after you raise it and deploy.',
    ),
  /** Nobody can tell whether the sender is one of the people on the list. */
  senderUnknown: (from: string): Raised => {
    const { capabilities, service } = channelOf(from);
    return ofTheEdge(
      'sender-without-number',
      `Somebody texted whose phone number ${capabilities.name} hides, so I can’t tell whether they may, and haven’t answered. If you expected a text: ${service.name}’s log shows the sender’s ID. POST /operator/conversations/<id>/bind adds it to a person; /invite lets in somebody new, and so does PAIRING=on where an admin can answer.`,
    );
  },
  /** `open`: our senders. */
  channelOff: (from: string, open: readonly string[]): Raised => {
    const { scheme, name } = capabilitiesOf(from);
    const names = [...new Set(open.map((sender) => capabilitiesOf(sender).name))].filter((each) => each !== name);
    const others = names.length === 0 ? '' : ` They can write on ${names.join(' or ')}.`;
    return ofTheEdge(`${scheme}-is-off`, texts.alerts.channelOff(scheme, name, others));
  },
  rolloutStuck: (): Raised => ofTheEdge('rollout-stuck', texts.machines.alertStuck),
} as const;

/** Names our address, a number by its last digits. */
export function describeSender(sender: string): string {
  const { name, identity } = capabilitiesOf(sender);
  return identity === 'number' ? `${name} number ending in ${sender.slice(-2)}` : `${name} bot`;
}
const minutesOf = (ms: number): string => formatCount(Math.max(1, Math.round(ms / 60_000)), 'minute');

const minuteOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

const LONGEST = 1000;

/** Shortens a text for storing and sending, and removes anything that looks like a phone number. */
export function redact(text: string): string {
  return text.replace(/\+\d[\d\s().-]{4,}\d/g, '[number]').slice(0, LONGEST);
}

/** The text to an operator. */
export const composeOperatorText = (alert: Named & Pick<Raised, 'text'>, publicUrl: string): string =>
  `Roost: ${alert.text}\n${alertUrl(alert, publicUrl)}`;

type Named = Pick<Raised, 'conversation'> & { id: string };

/** The place on the operator's page that the alert is about: a person, or else its own row. */
export const alertUrl = ({ id, conversation }: Named, publicUrl: string): string =>
  `${publicUrl}/operator/${conversation === null ? `now#alert-${id}` : `people/${conversation}`}`;

/** The operators' addresses, and our sender for each: on a channel that nobody else can read, when we are there. */
export function operatorAddressesOf(
  admins: readonly string[],
  senders: readonly string[],
): { address: string; sender: string }[] {
  const byNumber = senders.filter((sender) => capabilitiesOf(sender).identity === 'number');
  const sender = byNumber.find((each) => capabilitiesOf(each).isSecret) ?? byNumber[0];
  return keepOnePerPerson(admins).flatMap((admin) => {
    // On a channel without numbers, an admin is listed by address.
    const theirs = admin.startsWith('+') ? sender : senders.find((each) => schemeOf(each) === schemeOf(admin));
    if (theirs === undefined) return [];
    return [{ address: admin.startsWith('+') ? addressOn(schemeOf(theirs), admin) : admin, sender: theirs }];
  });
}
