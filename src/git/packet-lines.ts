// git's packets (pkt-lines): four hexadecimal digits with the size of all, then the content.

export const PACKET_MAX = 65_520;
export const FLUSH = new TextEncoder().encode('0000');
const BAND_ERROR = 3;
const HEADER = /^[0-9a-f]{4}$/i;
const DECODER = new TextDecoder();

export function packet(bytes: Uint8Array): Uint8Array {
  return joined([new TextEncoder().encode((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

export const banded = (band: number, bytes: Uint8Array): Uint8Array => joined([Uint8Array.of(band), bytes]);

/** git ends with these words where it expects a packet. */
export const errorPacket = (words: string): Uint8Array => packet(new TextEncoder().encode(`ERR ${words}`));

export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Cuts bytes into packets. Unreadable bytes end it: what follows isn't read. */
export class PacketReader {
  readonly #each: (packet: Uint8Array) => void;
  readonly #held = new Uint8Array(PACKET_MAX);
  #length = 0;
  #isOver = false;

  constructor(each: (packet: Uint8Array) => void) {
    this.#each = each;
  }

  read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#isOver; ) {
      const wanted = this.#length < 4 ? 4 : this.#size();
      const piece = bytes.subarray(at, at + wanted - this.#length);
      this.#held.set(piece, this.#length);
      this.#length += piece.length;
      at += piece.length;
      if (this.#length >= 4) this.#end();
    }
  }

  #end(): void {
    const size = this.#size();
    if (!(size <= PACKET_MAX)) this.#isOver = true;
    else if (size < 4) this.#length = 0;
    else if (this.#length === size) {
      this.#length = 0;
      this.#each(this.#held.subarray(4, size));
    }
  }

  #size(): number {
    return sizeOf(DECODER.decode(this.#held.subarray(0, 4)));
  }
}

/** Follows packets as they pass, and holds none of them, so that an error that git shows can be put behind one. */
export class PacketWatch {
  /** The digits of a size that have come so far, and the bytes of its packet that haven't. */
  #digits = '';
  #missing = 0;
  #isAtBand = false;
  #isBanded = false;
  #isReadable = true;

  read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.#isReadable; ) at = this.#step(bytes, at);
  }

  /** As much of these bytes as ends the packet under way. */
  finish(bytes: Uint8Array): Uint8Array {
    let at = 0;
    while (at < bytes.length && this.#isReadable && !this.#isBetween()) at = this.#step(bytes, at);
    return bytes.subarray(0, at);
  }

  /** What ends the fetch with these words; null in the middle of a packet, and if git couldn't read it. */
  error(words: string): Uint8Array | null {
    if (!this.#isReadable || !this.#isBetween()) return null;
    return this.#isBanded ? packet(banded(BAND_ERROR, new TextEncoder().encode(`${words}\n`))) : errorPacket(words);
  }

  #isBetween(): boolean {
    return this.#missing === 0 && this.#digits === '';
  }

  /** Where the next step begins. */
  #step(bytes: Uint8Array, at: number): number {
    const byte = bytes[at] ?? 0;
    if (this.#missing > 0) {
      if (this.#isAtBand) this.#isBanded = byte >= 1 && byte <= BAND_ERROR;
      this.#isAtBand = false;
      const passed = Math.min(this.#missing, bytes.length - at);
      this.#missing -= passed;
      return at + passed;
    }
    this.#digits += String.fromCharCode(byte);
    if (this.#digits.length === 4) {
      const size = sizeOf(this.#digits);
      this.#digits = '';
      this.#isReadable = size <= PACKET_MAX;
      this.#missing = Math.max(0, size - 4);
      this.#isAtBand = this.#missing > 0;
    }
    return at + 1;
  }
}

const sizeOf = (digits: string): number => (HEADER.test(digits) ? Number.parseInt(digits, 16) : Number.NaN);
