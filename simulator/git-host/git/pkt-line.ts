// Git's packet lines: four hex digits with the length, then the text. A flush ends a list.

export const FLUSH = '0000';

export const pktLine = (text: string): Buffer => {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from((body.length + 4).toString(16).padStart(4, '0')), body]);
};

/** Reads lines from pieces of a stream; a flush is null. Throws for a length that is none. */
export class PktReader {
  #kept = Buffer.alloc(0);

  read(piece: Buffer): (Buffer | null)[] {
    const lines: (Buffer | null)[] = [];
    let rest = Buffer.concat([this.#kept, piece]);
    while (rest.length >= 4) {
      const digits = rest.toString('latin1', 0, 4);
      if (!/^[0-9a-f]{4}$/i.test(digits)) throw new Error('A packet line begins with four hex digits.');
      const length = Number.parseInt(digits, 16);
      if (length < 4) {
        lines.push(null);
        rest = rest.subarray(4);
        continue;
      }
      if (rest.length < length) break;
      lines.push(rest.subarray(4, length));
      rest = rest.subarray(length);
    }
    this.#kept = Buffer.from(rest);
    return lines;
  }
}
