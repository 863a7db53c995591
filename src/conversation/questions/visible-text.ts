// Shows a person everything they are asked to allow, with invisible characters written out and look-alikes pointed out,
// because they consent to what is on their screen. Pure.

/** Characters that are invisible, that reverse the order of others, or that look like a space. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u23CE]|(?! )\p{Zs}/gu;
/** Combining marks can turn a plain character into another one. */
const MARKED = /(?<=[\x21-\x7e])\p{M}+/gu;
const MARKS = /(\p{M}{4})\p{M}{5,}/gu;
/** This many spaces push the following text out of sight. */
const SPACES = /[ \t]{41,}/g;
const EMPTY_LINES = /(?:[ \t]*\u23CE?\n){5,}/g;
/** The lines of a diff begin with a mark. */
const EMPTY_CHANGES = /(?:[+-]?[ \t]*\n){5,}/g;

/** `breaks` marks the ends of lines, so that a real line break can't pass for a wrapped line. */
export function makeVisible(text: string, breaks = false): string {
  const lines = text
    .replaceAll('\r\n', '\n')
    .replace(HIDDEN, (sign) => (sign === '\n' || sign === '\t' ? sign : code(sign)));
  const signs = lines.replace(MARKED, (marks) => [...marks].map(code).join('')).replace(MARKS, '$1<more marks>');
  // Three backticks would end the code block that holds the text.
  const safe = signs.replace(/`{3,}/g, (run) => '`'.repeat(2) + code('`').repeat(run.length - 2));
  const marked = breaks ? safe.replaceAll('\n', '⏎\n') : safe;
  return marked
    .replace(SPACES, (run) => ` <${run.length} spaces> `)
    .replace(
      breaks ? EMPTY_LINES : EMPTY_CHANGES,
      (run) => `${breaks ? '⏎' : ''}\n<${run.split('\n').length - 2} empty lines>\n`,
    );
}

const code = (sign: string): string => `<U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;

export const fence = (shown: string): string => `\`\`\`\n${shown}\n\`\`\``;

/** Letters of other alphabets that look like Latin ones. */
const LOOKALIKES = new Set('асԁеһіјӏорԛѕуԝхвкмнтгАВСЕНІЈКМОРЅТУХԌԜαονυιρτκηγχΑΒΕΖΗΙΚΜΝΟΡΤΥΧոսօցհᴀʀꜱ');
const FOREIGN = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}]/u;
const LATIN = /\p{Script=Latin}/u;
export const WARNED_MOST = 3;

/**
 * Words with look-alike letters, each with the letter and its code. One more than the warning lists shows that there
 * are more.
 */
export function findLookalikes(text: string): { word: string; sign: string; code: string }[] {
  const found = new Map<string, string>();
  for (const [word] of text.matchAll(/[\p{L}\p{N}_-]{1,200}/gu)) {
    if (found.size > WARNED_MOST) break;
    const sign = passesForAnother(word);
    if (sign !== undefined) found.set(word, sign);
  }
  return [...found].map(([word, sign]) => ({ word: word.slice(0, 40), sign, code: code(sign).slice(1, -1) }));
}

function passesForAnother(word: string): string | undefined {
  const letters = [...word];
  // Full-width and mathematical letters are Latin letters in another form.
  const dressed = letters.find((sign) => sign > '\u007f' && /^[!-~]+$/.test(sign.normalize('NFKC')));
  if (dressed !== undefined) return dressed;
  const isMixed = LATIN.test(word) && FOREIGN.test(word);
  const isAllAlike = letters.length > 1 && letters.every((sign) => LOOKALIKES.has(sign) || sign === '-');
  return isMixed || isAllAlike ? letters.find((sign) => FOREIGN.test(sign)) : undefined;
}

/** True if words run from right to left, which also moves the characters beside them. */
export const runsBackwards = (text: string): boolean =>
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(text);
