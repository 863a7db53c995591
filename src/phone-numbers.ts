// Tells which phone numbers (E.164) belong to one person, however they are spelled.

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

export const isSamePerson = (one: string, other: string): boolean => foldNumber(one) === foldNumber(other);

/** Of each person's spellings the first. */
export function onePerPerson(numbers: readonly string[]): string[] {
  const known = new Set<string>();
  return numbers.filter((number) => !known.has(foldNumber(number)) && known.add(foldNumber(number)));
}

/** Every way in which this person's number may come, as it came first. */
export function spellingsOf(number: string): string[] {
  const folded = foldNumber(number);
  const longer = folded
    .replace(/^\+52(\d{10})$/, '+521$1')
    .replace(/^\+54(\d{10})$/, '+549$1')
    .replace(/^\+55(\d{2})([6-9]\d{7})$/, '+55$19$2');
  return [...new Set([number, folded, longer])];
}
