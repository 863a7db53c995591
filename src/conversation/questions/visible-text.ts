// Shows a person everything they are asked to allow, with invisible characters written out and look-alikes pointed out,
// because they consent to what is on their screen. Pure.

/** Signs that nobody sees, that turn the order of others round, or that look like a space and are none. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u23CE]|(?! )\p{Zs}/gu;
/** Marks on a plain letter or sign can make another of it. */
const MARKED = /(?<=[\x21-\x7e])\p{M}+/gu;
const MARKS = /(\p{M}{4})\p{M}{5,}/gu;
/** So many spaces push what follows out of sight. */
const SPACES = /[ \t]{41,}/g;
const EMPTY_LINES = /(?:[ \t]*\u23CE?\n){5,}/g;
/** In a change each line has its mark. */
const EMPTY_CHANGES = /(?:[+-]?[ \t]*\n){5,}/g;

/** `breaks`: the ends of lines are marked, so that none of them can be taken for a long line that wraps. */
export function makeVisible(text: string, breaks = false): string {
  const lines = text
    .replaceAll('\r\n', '\n')
    .replace(HIDDEN, (sign) => (sign === '\n' || sign === '\t' ? sign : code(sign)));
  const signs = lines.replace(MARKED, (marks) => [...marks].map(code).join('')).replace(MARKS, '$1<more marks>');
  // Three of them would end the block of code in which all of this stands.
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

/** Letters of other alphabets that are drawn like ours. */
const LOOKALIKES = new Set('асԁеһіјӏорԛѕуԝхвкмнтгАВСЕНІЈКМОРЅТУХԌԜαονυιρτκηγχΑΒΕΖΗΙΚΜΝΟΡΤΥΧոսօցհᴀʀꜱ');
const FOREIGN = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}]/u;
const LATIN = /\p{Script=Latin}/u;
export const WARNED_MOST = 3;

/** Words whose letters only look like the usual ones, each with the letter and its code; one more than is warned of says that there are more. */
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
  // Wide and mathematical letters are ours in another dress.
  const dressed = letters.find((sign) => sign > '\u007f' && /^[!-~]+$/.test(sign.normalize('NFKC')));
  if (dressed !== undefined) return dressed;
  const isMixed = LATIN.test(word) && FOREIGN.test(word);
  const isAllAlike = letters.length > 1 && letters.every((sign) => LOOKALIKES.has(sign) || sign === '-');
  return isMixed || isAllAlike ? letters.find((sign) => FOREIGN.test(sign)) : undefined;
}

/** Words in it are written from right to left, and pull what stands beside them along. */
export const runsBackwards = (text: string): boolean =>
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(text);
