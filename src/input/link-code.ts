import { CODE_ALPHABET, newCode } from './access-code.ts';
import { readConsent } from './consent.ts';

// Codes of /link, and the words with which another address answers them.

/** A code of /link has a letter and a digit, so that no word is one. */
export function newLinkCode(random: () => number): string {
  for (;;) {
    const code = newCode(random);
    if (isLinkCode(code)) return code;
  }
}

const FORM = new RegExp(`^[${CODE_ALPHABET}]{8}$`);
const isLinkCode = (code: string): boolean => FORM.test(code) && /\d/.test(code) && /[A-Z]/.test(code);

/** The code as newLinkCode made it, in any case and with or without its dash; null for anything else. */
export function readLinkCode(typed: string): string | null {
  const [, first = '', second = ''] = /^\s*([a-z\d]{4})[ -]?([a-z\d]{4})\s*$/i.exec(typed.slice(0, 40)) ?? [];
  const code = `${first}${second}`.toUpperCase();
  return isLinkCode(code) ? code : null;
}

/** The code in `LINK K7QA-2MDB` or `/link K7QA2MDB`. Without the slash it needs its dash. */
export function readLink(text: string): string | null {
  const [, slash, typed = ''] = /^\s*(\/?)link\s+([a-z\d -]{8,12})\s*$/i.exec(text.slice(0, 60)) ?? [];
  return slash === '/' || typed.includes('-') ? readLinkCode(typed) : null;
}

/** Whether such a code, or one that lets somebody in, stands in the text as people are told to send it. */
export const holdsCode = (text: string): boolean =>
  new RegExp(`\\b(?:LINK|JOIN) [${CODE_ALPHABET}]{4}-[${CODE_ALPHABET}]{4}\\b`).test(text);

export type LinkWord = { code: string } | { yes: boolean };

const ANSWER_CHARS = 40;

/** Reads a text of somebody without a conversation: a code, the answer to the question about it, or neither (null). */
export function readLinkWord(text: string): LinkWord | null {
  const code = readLink(text);
  if (code !== null) return { code };
  const said = text.length > ANSWER_CHARS ? null : readConsent(text);
  return said === 'yes' || said === 'no' ? { yes: said === 'yes' } : null;
}
