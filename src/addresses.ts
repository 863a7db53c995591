// Addresses of the channels, and the phone numbers in them: the one parser of addresses, and which numbers belong to one
// person, however they are spelled.

const NUMBER = String.raw`\+[1-9]\d{5,14}`;
/** The channel's name in an address. */
const SCHEME = '[a-z][a-z0-9-]{1,19}';
/** A channel's own id of a person or of our sender. */
const OWN_ID = '[A-Za-z0-9._-]{1,140}';

/**
 * On SMS a number (`+15555550123`); elsewhere the channel's scheme and a number or an id of the channel's own
 * (`whatsapp:+15555550123`, `whatsapp:US.13491208655302741918`). Each channel says which of them are its addresses.
 */
const ADDRESS = new RegExp(`^(?:${NUMBER}|${SCHEME}:(?:${NUMBER}|${OWN_ID}))$`);
const BARE_NUMBER = new RegExp(`^${NUMBER}$`);

/** The part that names the channel: `whatsapp`. A bare number is `sms`. */
export function schemeOf(address: string): string {
  const colon = address.indexOf(':');
  return colon === -1 ? 'sms' : address.slice(0, colon);
}

/** True for an address without a number. */
export const isExternalAddress = (address: string): boolean => ADDRESS.test(address) && readNumber(address) === null;

/** The number in an address, or null when it has none or isn't an address. */
export function readNumber(address: string): string | null {
  const bare = ADDRESS.test(address) ? address.slice(address.indexOf(':') + 1) : '';
  return BARE_NUMBER.test(bare) ? bare : null;
}

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
  schemeOf(one) === schemeOf(other) && isSamePerson(numberOf(one), numberOf(other));

/** The address of a number on a channel that names people by number. */
export const addressOn = (scheme: string, number: string): string =>
  scheme === 'sms' ? number : `${scheme}:${number}`;

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
