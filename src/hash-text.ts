/** FNV-1a of the text's UTF-16 units, as a number of 32 bits: the same text gives the same number, and guards nothing. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n += 1) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193) >>> 0;
  return hash;
}
