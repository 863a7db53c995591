import { isSamePerson } from '../addresses.ts';

// Decides whose texts are allowed. A broken or empty list allows nobody.

/** Number ranges reserved for fiction (UK, Australia, France), and +1 numbers with the exchange or area code 555. */
const FICTIONAL = [
  /^\+1\d{3}555\d{4}$/,
  /^\+1555\d{7}$/,
  /^\+155501\d{2}$/,
  /^\+44(1\d{2}4960|1914980|1632960|2079460|2896496|2920180|3069990|7700900|8081570|9098790)\d{3}$/,
  /^\+61(491570\d{3}|[2378](5550|7010)\d{4})$/,
  /^\+33(19900|26191|35301|46571|53649|63998)\d{4}$/,
];

/** The simulator's people have the digits of their number as their id on Telegram. */
const inDigits = (number: string): string => number.replace(/^telegram:/, '+');

export function isAllowed(number: string, allowed: readonly string[], simulated: boolean): boolean {
  if (simulated && allowed.length === 0) return FICTIONAL.some((range) => range.test(inDigits(number)));
  return allowed.some((entry) => entry === '*' || isSamePerson(entry, number));
}

/** The lists in ADMIN_SENDERS, asked about a number, or about an address that has none. */
export const adminListsOf = ({ ADMIN_SENDERS }: { ADMIN_SENDERS: readonly string[] }) => ({
  isAdmin: (name: string): boolean => isAllowed(name, ADMIN_SENDERS, false),
  isOwner: (name: string): boolean => isAllowed(name, ADMIN_SENDERS.slice(0, 1), false),
});
