// Reads a picture's format and size from its first bytes. Pure; reads no further than necessary.

export type ImageFacts = { format: 'PNG' | 'JPEG' | 'GIF' | 'WebP'; width: number; height: number };

/** Null when the bytes are none of these four formats or end before the size. */
export function imageFacts(bytes: Uint8Array): ImageFacts | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));
  try {
    if (word(0, 8) === '\x89PNG\r\n\x1a\n') return sized('PNG', view.getUint32(16), view.getUint32(20));
    if (word(0, 4) === 'GIF8') return sized('GIF', view.getUint16(6, true), view.getUint16(8, true));
    if (word(0, 2) === '\xff\xd8') return jpeg(view);
    return word(0, 4) === 'RIFF' && word(8, 4) === 'WEBP' ? webp(view, word(12, 4)) : null;
  } catch {
    // A DataView throws when it has nothing more to read.
    return null;
  }
}

const sized = (format: ImageFacts['format'], width: number, height: number): ImageFacts | null =>
  width > 0 && height > 0 ? { format, width, height } : null;

/** The size is in the frame's header, after any number of other segments. */
function jpeg(view: DataView): ImageFacts | null {
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return sized('JPEG', view.getUint16(at + 7), view.getUint16(at + 5));
    // A second 0xff is only padding; each other segment states its length.
    const length = marker === 0xff ? -1 : view.getUint16(at + 2);
    if (length >= 0 && length < 2) return null;
    at += 2 + length;
  }
  return null;
}

function webp(view: DataView, chunk: string): ImageFacts | null {
  const bits = (at: number): number => view.getUint16(at, true) & 0x3fff;
  const triple = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (chunk === 'VP8X') return sized('WebP', triple(24) + 1, triple(27) + 1);
  if (chunk === 'VP8 ') return sized('WebP', bits(26), bits(28));
  if (chunk !== 'VP8L') return null;
  const packed = view.getUint32(21, true);
  return sized('WebP', (packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1);
}
