import { encode } from 'uqr';

// A QR code for a terminal, two rows of it in one line. Pure.

/** With colours: dark on light in any terminal. Without: for light letters on a dark background. */
export function qrLines(text: string, hasColours: boolean): string[] {
  const { data, size } = encode(text, { ecc: 'L', border: 2 });
  const isDark = (row: number, column: number): boolean => data[row]?.[column] ?? false;
  const blocks = hasColours ? [' ', '▄', '▀', '█'] : ['█', '▀', '▄', ' '];
  const line = (row: number): string =>
    Array.from(
      { length: size },
      (_, column) => blocks[Number(isDark(row, column)) * 2 + Number(isDark(row + 1, column))],
    ).join('');
  const lines = Array.from({ length: Math.ceil(size / 2) }, (_, half) => line(half * 2));
  return hasColours ? lines.map((one) => `\u001b[38;5;16m\u001b[48;5;231m${one}\u001b[0m`) : lines;
}
