// Addresses of the channels, and the phone numbers in them: the one parser of addresses, and which numbers belong to one
// person, however they are spelled.

const NUMBER = String.raw`\+[1-9]\d{5,14}`;
/** WhatsApp's id of a person for one business: the country, a dot, letters and digits. It stands for a hidden number. */
const EXTERNAL_ID = String.raw`[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}`;

/** On SMS a number (`+15555550123`); on WhatsApp a number or an external id (`whatsapp:US.13491208655302741918`). */
export const ADDRESS = new RegExp(`^(?:(?:whatsapp:)?${NUMBER}|whatsapp:${EXTERNAL_ID})$`);
/** An address without a number. */
export const EXTERNAL_ADDRESS = new RegExp(`^whatsapp:${EXTERNAL_ID}$`);
/** The same inside longer text: an address behind the name of a field. */
export const namesAddress = (field: string): RegExp =>
  new RegExp(`${field}(?:whatsapp:)?(?:${NUMBER}|${EXTERNAL_ID})`, 'g');

export const isWhatsApp = (address: string): boolean => address.startsWith('whatsapp:');
export const isExternalAddress = (address: string): boolean => EXTERNAL_ADDRESS.test(address);

/** The number in an address, or null when it has none or isn't an address. */
export const readNumber = (address: string): string | null =>
  ADDRESS.test(address) && !isExternalAddress(address) ? address.replace('whatsapp:', '') : null;

/**
 * The same for an address that was checked when it was stored. An address without a number stands for itself: it
 * matches no number in a list of people, and no calling code.
 */
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

/** Whether both are one address of one person, however its number is spelled. */
export const isSameAddress = (one: string, other: string): boolean =>
  isWhatsApp(one) === isWhatsApp(other) && isSamePerson(numberOf(one), numberOf(other));

/** The same number on the other channel; an address without a number has none. */
export function otherChannelOf(address: string): string | null {
  if (isExternalAddress(address)) return null;
  return isWhatsApp(address) ? numberOf(address) : `whatsapp:${address}`;
}

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
