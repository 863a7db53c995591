// HTML's character references in Markdown: the named ones that occur in prose, and all numeric ones. An unlisted name
// stays as it was written.

const NAMED: Record<string, string> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', shy: '\u00ad', sect: '§', para: '¶' },
  ...{ copy: '©', reg: '®', trade: '™', deg: '°', plusmn: '±', times: '×', divide: '÷', micro: 'µ', middot: '·' },
  ...{ hellip: '…', ndash: '–', mdash: '—', bull: '•', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”' },
  ...{ laquo: '«', raquo: '»', euro: '€', pound: '£', yen: '¥', cent: '¢', frac12: '½', frac14: '¼', frac34: '¾' },
  ...{ larr: '←', uarr: '↑', rarr: '→', darr: '↓', harr: '↔', rArr: '⇒', lArr: '⇐', ne: '≠', le: '≤', ge: '≥' },
  ...{ asymp: '≈', infin: '∞', minus: '−', radic: '√', sum: '∑', ast: '∗', num: '#', lowbar: '_', grave: '`' },
  ...{ vert: '|', verbar: '|', lbrack: '[', rbrack: ']', lbrace: '{', rbrace: '}', bsol: '\\', sol: '/' },
  ...{ check: '✓', cross: '✗', hearts: '♥', ensp: '\u2002', emsp: '\u2003', thinsp: '\u2009', zwj: '\u200d' },
};

export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]\w{1,15}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(NAMED, name) ? (NAMED[name] as string) : whole;
    const code = decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
    const bad = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
    return bad ? '\ufffd' : String.fromCodePoint(code);
  });
}
