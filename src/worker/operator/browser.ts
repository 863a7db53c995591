// Names a browser by its family and system, so that a person recognises their own login in the list.

const FAMILIES = [
  ['Edge', /\bEdg/],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
] as const;
const SYSTEMS = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['Mac', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
] as const;
const READ_CHARS = 400;

export function describeBrowser(userAgent: string): string {
  const read = userAgent.slice(0, READ_CHARS);
  const nameIn = (table: readonly (readonly [string, RegExp])[]): string | undefined =>
    table.find(([, form]) => form.test(read))?.[0];
  const [family, system] = [nameIn(FAMILIES), nameIn(SYSTEMS)];
  if (family === undefined) return 'an unknown browser';
  return system === undefined ? family : `${family} on ${system}`;
}
