// Reads an amount of US dollars that a person or an operator typed, as micro-dollars.

export const MICROS_A_DOLLAR = 1_000_000;
/** More is a slip of the finger. */
const DOLLARS_MAX = 100_000;

export type AmountProblem = 'zero' | 'negative' | 'large' | 'unclear';

/** `10`, `$10`, `10.50`, `10 USD`. */
export function readDollars(typed: string): number | AmountProblem {
  const text = typed.trim().toLowerCase();
  if (/^[$ ]{0,2}[-−–] ?\$?\d/.test(text)) return 'negative';
  const [, whole, cents = ''] = /^\$? ?(\d{1,20})(?:[.,](\d{1,2}))? ?(?:\$|usd|dollars?)?$/.exec(text) ?? [];
  if (whole === undefined) return /^\$?\d+(?:\.\d+)?e\d+$/.test(text) ? 'large' : 'unclear';
  const micros = (Number(whole) * 100 + Number(cents.padEnd(2, '0'))) * (MICROS_A_DOLLAR / 100);
  if (micros === 0) return 'zero';
  return micros > DOLLARS_MAX * MICROS_A_DOLLAR ? 'large' : micros;
}
