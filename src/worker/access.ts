// Who may text. A broken or empty list allows nobody.

/**
 * Some countries write a mobile number in two ways; both are one person. In Brazil only mobile numbers, whose old form begins
 * with 6 to 9, have the ninth digit: a landline is another person.
 */
export function foldNumber(number: string): string {
  return number
    .replace(/^\+521(\d{10})$/, '+52$1')
    .replace(/^\+549(\d{10})$/, '+54$1')
    .replace(/^\+55(\d{2})9([6-9]\d{7})$/, '+55$1$2');
}

/** For `filter`: of two spellings of a number, the first. */
export const isFirstOfPerson = (number: string, index: number, all: readonly string[]): boolean =>
  all.findIndex((other) => foldNumber(other) === foldNumber(number)) === index;

/** Every way in which this person's number may come, as it came first. */
export function spellingsOf(number: string): string[] {
  const folded = foldNumber(number);
  const longer = folded
    .replace(/^\+52(\d{10})$/, '+521$1')
    .replace(/^\+54(\d{10})$/, '+549$1')
    .replace(/^\+55(\d{2})([6-9]\d{7})$/, '+55$19$2');
  return [...new Set([number, folded, longer])];
}

/** Ranges that are set aside for fiction (UK, Australia, France), and +1 numbers with the exchange or area code 555. */
const FICTIONAL = [
  /^\+1\d{3}555\d{4}$/,
  /^\+1555\d{7}$/,
  /^\+155501\d{2}$/,
  /^\+44(1\d{2}4960|1914980|1632960|2079460|2896496|2920180|3069990|7700900|8081570|9098790)\d{3}$/,
  /^\+61(491570\d{3}|[2378](5550|7010)\d{4})$/,
  /^\+33(19900|26191|35301|46571|53649|63998)\d{4}$/,
];

export function isAllowed(number: string, allowed: readonly string[], simulated: boolean): boolean {
  if (simulated && allowed.length === 0) return FICTIONAL.some((range) => range.test(number));
  return allowed.some((entry) => entry === '*' || foldNumber(entry) === foldNumber(number));
}
