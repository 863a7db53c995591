import { normaliseUnicode, withoutEnd } from '../../../src/protocol/linear-text.ts';

// Makes a file name safe on every system: one name in one folder that looks like what it is. Pure.

const NAME_MAX_BYTES = 120;
const EXTENSION = /\.[A-Za-z0-9]{1,10}$/;
/** Names that mean devices on Windows, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$/i;

/** `extension` (without dot) is added to a name that has none. */
export function toSafeName(given: string, extension?: string): string {
  // The last part of a path of any system, without lone surrogates and without control, direction and invisible
  // characters: a name must look like what it is.
  const last =
    normaliseUnicode(given, 'NFC')
      .split(/[/\\]/)
      .findLast((part) => part.trim() !== '') ?? '';
  const seen = last
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\uFFFD\u115F\u1160\u3164\uFFA0]/gu, '')
    .replace(/[<>:"|?*`$;&'!#%{}[\]~^]/g, '_')
    .replace(/[\p{Z}\s]+/gu, ' ')
    .replace(/^[\s.-]+/, '');
  const visible = withoutEnd(seen, /[\s.]/);
  const ending = EXTENSION.exec(visible)?.[0] ?? (extension ? `.${extension}` : '');
  const stem = visible.endsWith(ending) ? visible.slice(0, visible.length - ending.length) : visible;
  const trimmed = withoutEnd(cut(stem, NAME_MAX_BYTES - ending.length), /[\s.]/);
  const named = trimmed === '' ? 'file' : trimmed;
  const isReserved = RESERVED.test(named.split('.')[0]?.trim() ?? '');
  // Again, because removed characters may have separated others that combine.
  return normaliseUnicode(`${isReserved ? `_${named}` : named}${ending}`, 'NFC');
}

/** The name with a suffix before its extension. */
export function withSuffix(name: string, suffix: string): string {
  const ending = EXTENSION.exec(name)?.[0] ?? '';
  return `${name.slice(0, name.length - ending.length)}-${suffix}${ending}`;
}

/** At most this many bytes, without cutting a character. */
function cut(text: string, bytes: number): string {
  let kept = '';
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept;
}
