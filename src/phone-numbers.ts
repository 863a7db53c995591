// Phone numbers (E.164) and the addresses of channels that carry them: reads the number in an address, and tells which
// numbers belong to one person, however they are spelled.

/** A number, on WhatsApp with a prefix: `+15555550123`, `whatsapp:+15555550123`. */
export const ADDRESS = /^(?:whatsapp:)?\+[1-9]\d{5,14}$/;

/** The number in an address, or null when it is not an address. */
export const readNumber = (address: string): string | null =>
  ADDRESS.test(address) ? address.replace('whatsapp:', '') : null;

/** The same for an address that was checked when it was stored. */
export const numberOf = (address: string): string => readNumber(address) ?? address;

/**
 * Some countries write a mobile number in two ways; both are one person. In Brazil only mobile numbers, whose old form
 * begins with 6 to 9, have the ninth digit: a landline is another person.
 */
export function foldNumber(number: string): string {
  return number
    .replace(/^\+521(\d{10})$/, '+52$1')
    .replace(/^\+549(\d{10})$/, '+54$1')
    .replace(/^\+55(\d{2})9([6-9]\d{7})$/, '+55$1$2');
}

export const isSamePerson = (one: string, other: string): boolean => foldNumber(one) === foldNumber(other);

/** Keeps the first spelling of each person's number. */
export function keepOnePerPerson(numbers: readonly string[]): string[] {
  const known = new Set<string>();
  return numbers.filter((number) => !known.has(foldNumber(number)) && known.add(foldNumber(number)));
}

/** Every spelling of this person's number, the given one first. */
export function spellingsOf(number: string): string[] {
  const folded = foldNumber(number);
  const longer = folded
    .replace(/^\+52(\d{10})$/, '+521$1')
    .replace(/^\+54(\d{10})$/, '+549$1')
    .replace(/^\+55(\d{2})([6-9]\d{7})$/, '+55$19$2');
  return [...new Set([number, folded, longer])];
}

/** Every spelling of an address, the given one first. */
export function addressesOf(address: string): string[] {
  const number = numberOf(address);
  return spellingsOf(number).map((each) => address.replace(number, each));
}
