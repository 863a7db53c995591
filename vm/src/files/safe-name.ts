import { normalized, withoutEnd } from '../../../src/protocol/linear-text.ts';

// Turns a file's name into one that is safe as a single name in a folder, on any system, and shows what it is. Pure.

const NAME_MAX_BYTES = 120;
const EXTENSION = /\.[A-Za-z0-9]{1,10}$/;
/** Names that Windows takes for devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$/i;

/** `extension` (no dot) is put on a name that has none. */
export function toSafeName(given: string, extension?: string): string {
  // The last part of a path of any system. Lone surrogates, controls, and what turns the reading direction or is not
  // seen are left out: a name must look like what it is.
  const last =
    normalized(given, 'NFC')
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
  // What was left out may have kept characters apart that belong together.
  return normalized(`${isReserved ? `_${named}` : named}${ending}`, 'NFC');
}

/** The name with something before its extension. */
export function withSuffix(name: string, suffix: string): string {
  const ending = EXTENSION.exec(name)?.[0] ?? '';
  return `${name.slice(0, name.length - ending.length)}-${suffix}${ending}`;
}

/** At most so many bytes, no character cut in two. */
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
