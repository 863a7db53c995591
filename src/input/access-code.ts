// Codes that people hand on: eight characters that nobody confuses, in two groups.

/** Without I, L, O, U, 0 and 1. */
export const CODE_ALPHABET = 'ABCDEFGHJKMNPQRSTVWXYZ23456789';
const CODE_LENGTH = 8;

/** `random`: endless bytes. Each character is equally likely. */
export function newCode(random: () => number): string {
  const fair = 256 - (256 % CODE_ALPHABET.length);
  let code = '';
  while (code.length < CODE_LENGTH) {
    const byte = random();
    if (byte < fair) code += CODE_ALPHABET[byte % CODE_ALPHABET.length];
  }
  return code;
}

export const printCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`;

/** The code as newCode made it, whatever case and spaces it was typed in; null if it can't be one. */
export function readCode(typed: string): string | null {
  const code = typed.slice(0, 40).toUpperCase().replace(/[\s-]/g, '');
  return code.length === CODE_LENGTH && [...code].every((sign) => /[A-Z0-9]/.test(sign)) ? code : null;
}

/** The code in a text that asks to be let in, such as “JOIN ABCD-EFGH”. */
export function readJoin(text: string): string | null {
  const [, typed] =
    /^\s*\/?(?:join|pair)\s+([A-Za-z0-9][A-Za-z0-9 -]{6,12}[A-Za-z0-9])\s*$/i.exec(text.slice(0, 60)) ?? [];
  return typed === undefined ? null : readCode(typed);
}
