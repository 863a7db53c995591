// Counts the segments of an SMS, each of which is charged. Pure.

const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑܧ¿abcdefghijklmnopqrstuvwxyzäöñüà';
const widths = new Map([...BASIC].map((sign): [string, number] => [sign, 1]));
// These take two of the seven-bit places.
for (const sign of '\f^{}\\[~]|€') widths.set(sign, 2);

/** One at least: an empty text is sent as one. */
export function segmentsOf(text: string): number {
  let places = 0;
  let isBasic = true;
  for (const sign of text) {
    const width = widths.get(sign);
    if (width === undefined) isBasic = false;
    places += width ?? 0;
  }
  if (isBasic) return places <= 160 ? 1 : countPieces(text, 153, (sign) => widths.get(sign) ?? 1);
  return text.length <= 70 ? 1 : countPieces(text, 67, (sign) => sign.length);
}

/** No sign is divided between two segments. */
function countPieces(text: string, most: number, widthOf: (sign: string) => number): number {
  let pieces = 1;
  let used = 0;
  for (const sign of text) {
    const width = widthOf(sign);
    if (used + width > most) {
      pieces++;
      used = 0;
    }
    used += width;
  }
  return pieces;
}
