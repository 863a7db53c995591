import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// A hundred shapes of hostile text of any length, and how much longer a function takes for eight times as much.

const repeat =
  (unit: string, before = '', after = '') =>
  (length: number): string =>
    (before + unit.repeat(Math.ceil(length / unit.length))).slice(0, length - after.length) + after;

/** The same in paragraphs and in lines: a bound on one of them may not bound the other. */
const inParagraphs =
  (unit: string, size: number, between = '\n\n') =>
  (length: number): string =>
    repeat(repeat(unit)(size) + between)(length);

const MARKS = [...'*_~`[](){}<>!#-|^$%&@=+?/.,;:\'"'];
const UNITS = [
  // Marks that open and never close, or close without opening.
  ...['**', '***', '__', '~~', '```', '[[', '![', '](', '[](', '<!--', '<a', '</', '<b>', '$$', '{{', '}}'],
  ...[
    '*a',
    'a*',
    '**a ',
    '*a_',
    '_a*',
    '_1-',
    '~1,',
    '~~a~',
    '`a``',
    'a@a.~',
    '-\n: \r',
    '[a](',
    '[a][b',
    '](a',
    '![a](',
  ],
  ...['* *a', '*a **b ', 'a**b', '<a href="', '<x y=', '&#', '&amp', '&#x41;', '&lt;', '\\', '\\*', '\\\n', '\\`'],
  // Nested blocks.
  ...[
    '> ',
    '>',
    '> - ',
    '- ',
    '1. ',
    '- 1. ',
    '    ',
    '\t',
    '* ',
    '# ',
    '#',
    '\n> ',
    '\n- ',
    '\n1) ',
    '\n    - ',
    '\n',
  ],
  ...[
    '\n\n',
    '\r\n',
    '\r',
    '\n# a',
    '\n---',
    '\n===',
    'a\n===\n',
    '\n```',
    '\n```a',
    '\n~~~\n',
    '\n~~~a',
    'a  \n',
    '&a',
    '*a_*',
    '\n|',
    '|a',
    '|-',
    '|a|b|\n|-|-|\n',
    '\n| a | b |',
  ],
  ...['\n[a]: b', '[a]: <', '<internal>', '</internal>', '<internal>a', '\n<div>', '<?', '<![CDATA['],
  // Spaces and invisible characters.
  ...[
    ' ',
    '  a',
    ' \n',
    '\u00a0',
    '\u2028',
    '\v',
    '\f',
    '\u0085',
    '\u200b',
    '\u200d',
    '\ufeff',
    '\u0000',
    '\u001b[31m',
    '\u00ad',
  ],
  ...[
    'a\u0301',
    '\u0301',
    '\u0301\u0323',
    '\ud800',
    '\udfff',
    '\ud83d',
    '\u202e',
    '\u2066',
    '\u0600',
    '\u05d0',
    '\u1100',
    '\uac00',
  ],
  ...['👍', '👍🏽', '👩‍👩‍👧', '🇩🇪', '\u{e0001}', 'ﷺ', 'ß', 'İ', 'ǆ', '한', 'あ。', '中', 'ก'],
  // Words, numbers and similar text.
  ...[
    'a',
    'A',
    'aa ',
    'a b',
    'a, ',
    '1',
    '0',
    '1 ',
    '1,',
    '1.',
    '1-',
    '1/',
    '1:',
    '12:30 ',
    '+1',
    '+',
    '+1 555 ',
    '9 and ',
  ],
  ...[
    'at ',
    'on ',
    'every ',
    'for me, ',
    'for +1',
    'and ',
    'mon,',
    'monday and ',
    '*/1,',
    'in 1 ',
    '1 day ',
    'in the morning ',
    'check `',
  ],
  ...[
    'https://a.',
    'http://',
    'www.',
    'www.a.',
    'a@',
    'a@a.',
    'mailto:',
    'tel:',
    'a.b',
    '../',
    './',
    'a/',
    'C:\\',
    '%41',
    '%',
    'a=',
    'a&',
    '&a=',
  ],
  ...[
    'rm ',
    'git ',
    '; ',
    '`rm',
    '[Forwarded]\n',
    '[a]\n> a\n',
    '[a]\n',
    '{"a":',
    '[',
    '"\\u',
    'a"',
    "a'",
    '//',
    '/*',
    '*/',
  ],
];

export const SHAPES: ReadonlyMap<string, (length: number) => string> = new Map([
  ...[...MARKS, ...UNITS].map((unit) => [JSON.stringify(unit), repeat(unit)] as const),
  // A beginning that needs an end, which is far away or missing; an end that comes after everything.
  ...['`', '**', '_', '~~', '[', '<', '"', '(', '{', '/help ', '> ', '- ', '| ', '# ', '\n'].flatMap((open) => [
    [`${JSON.stringify(open)}, then spaces`, repeat(' ', open)] as const,
    [`${JSON.stringify(open)}, then letters and an end`, repeat('a', open, `!${open}`)] as const,
  ]),
  ['spaces and a letter', repeat(' ', '', 'x')],
  ['letters and spaces and a letter', repeat(' ', 'a', 'x')],
  ['dots and a letter', repeat('.', 'a', 'x')],
  ['newlines and a letter', repeat('\n', 'a', 'x')],
  ['backticks, longer and longer', (length) => growing('`', length)],
  ['stars, longer and longer', (length) => growing('*', length)],
  ['quotes, deeper and deeper', (length) => growing('> ', length)],
  ['lists, deeper and deeper', (length) => growing('  ', length, '- a')],
  ['brackets around one another', (length) => '['.repeat(length / 2) + ']'.repeat(length / 2)],
  ['round brackets around one another', (length) => '('.repeat(length / 2) + ')'.repeat(length / 2)],
  ['dashes below a line, and a letter', repeat('-', 'a\n', 'x')],
  ['list items and code', repeat('    a\n', '- a\n')],
  ['list items and half a table', repeat('- a\n|')],
  ['a row of a table', (length) => `|a${'|'.repeat(length / 2 - 2)}\n|${'-|'.repeat(length / 4)}`.slice(0, length)],
]);

/** Names that some code searches for: repeated, and once before a beginning that never has an end. */
export const openedBy = (...openings: string[]): ReadonlyMap<string, (length: number) => string> =>
  new Map(
    openings.flatMap((open) => [
      [JSON.stringify(open), repeat(open)],
      [`${JSON.stringify(open)}, then letters`, repeat('a', open)],
      [`${JSON.stringify(open)}, then dots`, repeat('.', open)],
      [`${JSON.stringify(open)}, then spaces and a letter`, repeat(' ', open, 'x')],
      [`${JSON.stringify(open)}, then newlines and a letter`, repeat('\n', open, '\n  x')],
    ]),
  );

/** For functions that read blocks: each shape again, in paragraphs and lists of a usual size. */
export const PARAGRAPHS: ReadonlyMap<string, (length: number) => string> = new Map(
  [...MARKS, ...UNITS].map((unit, index) =>
    index % 3 === 0
      ? ([`${JSON.stringify(unit)} in a list`, inParagraphs(unit, 500, '\n- ')] as const)
      : ([`${JSON.stringify(unit)} in paragraphs`, inParagraphs(unit, 2000)] as const),
  ),
);

function growing(unit: string, length: number, line = 'a'): string {
  let text = '';
  for (let count = 1; text.length < length; count = (count % 200) + 1) text += `${unit.repeat(count)}${line}\n`;
  return text.slice(0, length);
}

export const LARGE = 65_536;
/**
 * Eight times as much may take twelve times as long: memory and its collection are not linear, and others use the
 * cores.
 */
const MOST = 12;
/** So far off is no pause. */
const FAR_OFF = 3 * MOST;
/** Shorter times are below the clock's precision. Quadratic time that stays below this for 64 KB harms nobody. */
const FLOOR_MS = 50;
/** An eighth of the text, against an eighth of that, shows for most shapes that the whole is linear. */
const EIGHTH = 8;
/** The whole text is not tried where its square would take this long. */
const HANGS_MS = 2000;
const TRIES = 8;
const GLANCES = 4;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * `size`: the most that the function reads, if less than 64 KB. `finds`: the names it searches for, for extra shapes.
 */
export type Row = Work | { work: Work; size?: number; finds?: readonly string[] };
export type Offender = { shape: string; small: number; large: number };
type Work = (text: string) => unknown;
type Shape = (length: number) => string;

/** The shapes for which `work` is worse than linear. */
export async function offenders(work: Work, shapes = SHAPES, size = LARGE): Promise<Offender[]> {
  const found: Offender[] = [];
  const ofShort = await shortest(work, 'a', 5);
  for (const [shape, make] of shapes) {
    const pair = (await glance(work, make, size / EIGHTH, ofShort)) ?? (await compare(work, make, size));
    if (pair !== LINEAR) found.push({ shape, ...pair });
  }
  return found;
}

type Pair = { small: number; large: number };
const LINEAR = 'linear';

/** Null when the text must be longer to tell. A pause only makes a time longer, so the shortest of a few counts. */
async function glance(work: Work, make: Shape, size: number, ofShort: number): Promise<Pair | typeof LINEAR | null> {
  const text = make(size);
  const isShort = (own: number): boolean => own * EIGHTH ** 2 <= FLOOR_MS;
  let large = await timeOf(work, text);
  if (isShort(large - ofShort)) return LINEAR;
  const small = await shortest(work, make(size / EIGHTH), 2);
  if (isShort(large - small)) return LINEAR;
  const ofCall = await shortest(work, make(size / EIGHTH ** 2), 2);
  for (let n = 0; n < GLANCES; n++) {
    if (isShort(large - small) || large - ofCall <= MOST * (small - ofCall)) return LINEAR;
    large = Math.min(large, await timeOf(work, text));
  }
  return large * EIGHTH ** 2 > HANGS_MS && large > FAR_OFF * small ? { small, large } : null;
}

async function compare(work: Work, make: Shape, size: number): Promise<Pair | typeof LINEAR> {
  const large = make(size);
  let pair = { small: Number.POSITIVE_INFINITY, large: await timeOf(work, large) };
  const isLinear = ({ small, large }: Pair): boolean => large <= FLOOR_MS || large <= MOST * small;
  if (pair.large <= FLOOR_MS) return LINEAR;
  const small = make(size / EIGHTH);
  // Most are linear, and the shorter of two measurements shows it. A single one could contain a pause.
  if (isLinear({ small: await shortest(work, small, 2), large: pair.large })) return LINEAR;
  // As much work as the large input, because a thread's clock may be coarse.
  const eightTimes = async (text: string): Promise<void> => {
    for (let n = 0; n < EIGHTH; n++) await work(text);
  };
  // One good pair of a few is enough: compilation, garbage collection and other processes only make a time longer,
  // and no luck makes quadratic time look linear.
  for (let n = 0; n < TRIES && !(n > 0 && isLinear(pair)); n++) {
    collectGarbage();
    const time = (await timeOf(eightTimes, small)) / EIGHTH;
    collectGarbage();
    pair = { small: time, large: await timeOf(work, large) };
    if (n > 0 && pair.large > FAR_OFF * pair.small) break;
  }
  return isLinear(pair) ? LINEAR : pair;
}

/** The shapes that take more than `most` times as long as this ordinary text of the same length. */
export async function expensive(
  work: Work,
  shapes: ReadonlyMap<string, Shape>,
  ordinary: string,
  most: number,
): Promise<string[]> {
  const usual = await shortest(work, ordinary, TRIES);
  const found: string[] = [];
  for (const [shape, make] of shapes) {
    const text = make(ordinary.length);
    let time = await timeOf(work, text);
    for (let n = 0; n < 3 && time > most * usual; n++) time = Math.min(time, await timeOf(work, text));
    if (time > most * usual) found.push(shape);
  }
  return found;
}

async function shortest(work: Work, text: string, times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < times; n++) least = Math.min(least, await timeOf(work, text));
  return least;
}

async function timeOf(work: Work, text: string): Promise<number> {
  const [began, begin] = [performance.now(), process.threadCpuUsage()];
  await work(text);
  const { user, system } = process.threadCpuUsage(begin);
  // Where the clock of a thread is too coarse to have moved, the other one is never too short.
  return (user + system) / 1000 || performance.now() - began;
}
