import { capabilitiesOf } from '../../src/channels/registry.ts';
import { carrierCost, marketOf } from '../../src/money/carrier-prices.ts';
import type { Vars } from '../local/dev-vars.ts';
import { type Check, type Finding, LeftOut, ok, warn } from './check.ts';

// Meta's terms about AI assistants in the people's countries, by their calling codes, and the price of a reply there.
// Collected on 22 November 2026 from public pages; nothing was confirmed by Meta. Not legal advice.

type Terms = { where: string; codes: readonly string[]; isAllowed: boolean; says: string; source: string };

const EEA =
  '43 32 359 385 357 420 45 372 358 33 49 30 36 353 371 370 352 356 31 48 351 40 421 386 34 46 354 423 47'.split(' ');

/** The first row with the calling code counts; the last is for everywhere else. */
const TERMS: readonly Terms[] = [
  {
    where: 'Italy',
    codes: ['39'],
    isAllowed: true,
    says: 'allowed by the AGCM’s interim order of 24 December 2025, whose case ends by 31 December 2026; Meta asks for $0.0691 a message since 16 February 2026',
    source: 'digitalpolicyalert.org/event/36368',
  },
  {
    where: 'the European Economic Area',
    codes: EEA,
    isAllowed: true,
    says: 'allowed without a fee by the Commission’s interim measures of 9 June 2026, until its case ends or June 2029; Meta has appealed',
    source: 'digitalpolicyalert.org/event/37672',
  },
  {
    where: 'Brazil',
    codes: ['55'],
    isAllowed: true,
    says: 'allowed by the CADE’s order, upheld on 4 March 2026; Meta asks for $0.0625 a message since 11 March 2026, which is disputed',
    source: 'digitalpolicyalert.org/event/37326',
  },
  {
    where: 'everywhere else',
    codes: [],
    isAllowed: false,
    says: 'prohibited since 15 January 2026 where AI is the main function, in Meta’s sole discretion: the number may be blocked on any day',
    source: 'whatsapp.com/legal/business-solution-terms',
  },
];

/** The same as a table, for docs/operate.md. */
export function termsTable(): string {
  const rows = TERMS.map(({ where, says, source }) => `| ${where} | ${says} | ${source} |`);
  return ['| where people are | AI assistants are | source |', '|---|---|---|', ...rows].join('\n');
}

/** The numbers of ALLOWED_SENDERS and ADMIN_SENDERS; null when anybody may write, or none is known. */
function numbersOf({ ALLOWED_SENDERS = '', ADMIN_SENDERS = '' }: Vars): string[] | null {
  const all = `${ALLOWED_SENDERS},${ADMIN_SENDERS}`.split(',').map((one) => one.trim());
  const numbers = [...new Set(all)].filter((one) => one.startsWith('+'));
  return all.includes('*') || numbers.length === 0 ? null : numbers;
}

const termsOf = (number: string): Terms =>
  TERMS.find(({ codes }) => codes.some((code) => number.startsWith(`+${code}`))) ?? (TERMS.at(-1) as Terms);

/** A reply's price in the country of this number, Twilio's part included. */
function priceOf(number: string): string {
  const address = `whatsapp:${number}`;
  const dollars = carrierCost(address, { segments: 1, price: capabilitiesOf(address).price }) / 1e6;
  return `${marketOf(address).name} $${dollars.toFixed(4)}`;
}

/** One line for each group of countries that the people are in; all groups when anybody may write. Pure. */
export function termsLines(vars: Vars): string[] {
  const numbers = numbersOf(vars);
  const groups = TERMS.flatMap((terms) => {
    const here = numbers?.filter((number) => termsOf(number) === terms) ?? [];
    if (numbers !== null && here.length === 0) return [];
    const prices = [...new Set(here.map(priceOf))].join(', ');
    const cost = prices === '' ? '' : `; a reply costs about ${prices}`;
    return [`${terms.where}: ${terms.says} (${terms.source})${cost}`];
  });
  return groups;
}

/** Sentences that hold for every country. */
export const QUOTA =
  'About 1,000 replies a month of a business number are free of WhatsApp’s fee; without a payment method in Meta’s billing settings, further ones are reported never to arrive although the API says success.';
export const NO_ADVICE = 'As of 22 November 2026; not legal advice.';

/** Whether a channel beside WhatsApp is set up. */
const hasOtherChannel = ({ TWILIO_SENDERS = '', SMS, TELEGRAM_BOT_TOKEN }: Vars): boolean =>
  Boolean(TELEGRAM_BOT_TOKEN) || (SMS === 'on' && TWILIO_SENDERS.split(',').some((one) => one.trim().startsWith('+')));

/** Pure. A warning where a block would leave people without their agent. */
export function judgeTerms(vars: Vars): Finding {
  const numbers = numbersOf(vars);
  const detail = `for AI assistants: ${termsLines(vars).join('. ')}. ${QUOTA} ${NO_ADVICE}`;
  if (hasOtherChannel(vars) || numbers?.every((number) => termsOf(number).isAllowed)) return ok(detail);
  return warn(
    detail,
    'Give people a second channel (SMS=on, or a Telegram bot): docs/operate.md, “When WhatsApp closes the number”.',
  );
}

/** True if one of our addresses is on WhatsApp. */
export const isOnWhatsApp = ({ TWILIO_SENDERS = '' }: Vars): boolean =>
  TWILIO_SENDERS.split(',').some((sender) => sender.trim().startsWith('whatsapp:'));

export const termsCheck: Check = {
  name: 'whatsapp-terms',
  title: 'WhatsApp’s terms',
  async run({ vars }) {
    if (!isOnWhatsApp(vars)) throw new LeftOut('TWILIO_SENDERS has no WhatsApp number');
    return judgeTerms(vars);
  },
};
