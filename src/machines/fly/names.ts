// App names: `{prefix}-` and 20 random characters, so that a name reveals nothing and is unique.

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const LENGTH = 20;

export function newName(prefix: string): string {
  const random = crypto.getRandomValues(new Uint8Array(LENGTH));
  return `${prefix}-${Array.from(random, (byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

export const prefixOf = (name: string): string => name.slice(0, -(LENGTH + 1));

/** Whether `newName` could have made the name with this prefix. */
export const isNameOf = (prefix: string, name: string): boolean =>
  name.startsWith(`${prefix}-`) && new RegExp(`^[a-z2-7]{${LENGTH}}$`).test(name.slice(prefix.length + 1));
