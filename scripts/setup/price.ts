import { carrierCost, inboundCarrierCost } from '../../src/money/carrier-prices.ts';
import type { Vars } from '../local/dev-vars.ts';
import { carrierOf, DAYS, monthOf } from '../production/costs.ts';
import { CLOUDFLARE, PRICES_AS_OF } from '../production/prices.ts';
import { usesTwilio } from './channels.ts';
import { links } from './links.ts';

// The monthly price of a deployment, and the list of what people need for it, from current prices and the answers so
// far. Pure.

const TEXTS_A_DAY = 10;
const usd = (amount: number): string => `$${amount.toFixed(2)}`;
const perPerson = (texts: number): number => {
  const { fly, cloudflare } = monthOf(texts);
  return fly + cloudflare;
};
/** A WhatsApp message and its reply, in the country of this number. */
const pairIn = (code: string): string => {
  const address = `whatsapp:+${code}5555550123`;
  const size = { segments: 1, price: 'meta' } as const;
  return usd((inboundCarrierCost(address, size) + carrierCost(address, size)) / 1e6);
};
const PAIR = `about ${pairIn('1')} for a message and its reply in the USA, ${pairIn('44')} in the UK, ${pairIn('49')} in Germany`;

/** The numbers of the people; null when anybody may write, or none is known. */
function peopleOf({ ALLOWED_SENDERS = '', ADMIN_SENDERS = '' }: Vars): string[] | null {
  const numbers = new Set([...ALLOWED_SENDERS.split(','), ...ADMIN_SENDERS.split(',')].map((one) => one.trim()));
  numbers.delete('');
  return numbers.has('*') || numbers.size === 0 ? null : [...numbers];
}

/** A month of messages; a number’s are on WhatsApp, which asks for another price in each country. */
const messagesOf = (people: readonly string[]): number =>
  people.reduce((sum, who) => sum + DAYS * TEXTS_A_DAY * carrierOf(who.startsWith('+') ? `whatsapp:${who}` : who), 0);

/** The month's price as lines of a table; on Fly by the number of people. */
export function priceLines(answers: Vars): string[] {
  const people = peopleOf(answers);
  const row = (what: string, amount: string, why: string): string =>
    `  ${what.padEnd(24)}${amount.padStart(9)}  ${why}`;
  const plan = row('Cloudflare Workers Paid', usd(CLOUDFLARE.paidPlan), 'for everybody together');
  const onTop = [
    ...(people === null && usesTwilio(answers) ? [`On top of that, Twilio and WhatsApp: ${PAIR}.`] : []),
    'Anthropic: whatever the agent uses, at Anthropic’s prices.',
    `Prices as of ${PRICES_AS_OF}, in US dollars, without tax. The price of messages is an estimate.`,
  ];
  const count = people === null ? 0 : people.length;
  const messages =
    people === null
      ? []
      : [
          row(
            'Messages',
            usd(messagesOf(people)),
            usesTwilio(answers) ? `at ${TEXTS_A_DAY} texts a day each, on WhatsApp` : 'Telegram is free',
          ),
        ];
  if (answers.MACHINE_PROVIDER === 'static') {
    return ['Price per month:', plan, row('Your machine', '–', 'whatever you pay for it'), ...messages, ...onTop];
  }
  const each = perPerson(TEXTS_A_DAY);
  const spread = `${usd(perPerson(0))} when idle, ${usd(perPerson(100))} at 100 a day`;
  const why = `at ${TEXTS_A_DAY} texts a day each (${spread})`;
  const machines =
    people === null
      ? row('Machines, each person', usd(each), why)
      : row(`Machines, ${count} ${count === 1 ? 'person' : 'people'}`, usd(count * each), why);
  const sum = CLOUDFLARE.paidPlan + count * each + messagesOf(people ?? []);
  const total = people === null ? [] : [row('Together', usd(sum), '').trimEnd()];
  return ['Price per month:', plan, machines, ...messages, ...total, ...onTop, IN_CHEAP_REGIONS];
}
const IN_CHEAP_REGIONS = 'Machines are priced for Fly’s cheapest regions; others cost up to 1.6 times as much.';

/** The things still to get, one row each; an answer shows that a thing is there. */
export function needRows(answers: Vars): string[] {
  const row = (who: string, text: string, ...more: string[]): string[] => [
    `${who.padEnd(12)}${text}`,
    ...more.map((line) => ' '.repeat(12) + line),
  ];
  const twilio = row(
    'Twilio',
    `an account: ${PAIR}`,
    'a WhatsApp sender of your own takes a day or more; the sandbox works at once',
    'not needed if people text it on Telegram alone, which costs nothing',
    'https://www.twilio.com/try-twilio',
  );
  const cloudflare = row(
    'Cloudflare',
    `an account with Workers Paid: ${usd(CLOUDFLARE.paidPlan)} a month for everybody`,
    'https://dash.cloudflare.com/sign-up',
  );
  const anthropic = row('Anthropic', 'an API key with credit: you pay for what the agent uses', links.anthropicKeys);
  const fly = row(
    'Fly',
    `an account with a card: about ${usd(perPerson(TEXTS_A_DAY))} a month for each person at ${TEXTS_A_DAY} texts a day`,
    'not needed if the agent runs on a server of yours',
    'https://fly.io/app/sign-up',
  );
  const isStatic = answers.MACHINE_PROVIDER === 'static';
  return [
    ...(answers.TWILIO_AUTH_TOKEN || !usesTwilio(answers) ? [] : twilio),
    ...(answers.ANTHROPIC_API_KEY ? [] : anthropic),
    ...(answers.CLOUDFLARE_API_TOKEN ? [] : cloudflare),
    ...(answers.FLY_API_TOKEN || isStatic ? [] : fly),
    ...row('A phone', `with ${usesTwilio(answers) ? 'WhatsApp or Telegram' : 'Telegram'}, for the test message`),
  ];
}
