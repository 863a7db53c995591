// The terminal's screen after these bytes, as far as prompts move the cursor: lines, columns, clearing. Ignores colours
// and everything else.

export function screenText(bytes: string, columns: number): string {
  const lines: string[][] = [[]];
  let row = 0;
  let column = 0;
  const lineAt = (at: number): string[] => {
    while (lines.length <= at) lines.push([]);
    return lines[at] as string[];
  };
  const put = (character: string): void => {
    if (column >= columns) {
      row++;
      column = 0;
    }
    const line = lineAt(row);
    while (line.length < column) line.push(' ');
    line[column++] = character;
  };
  const move = (letter: string, amount: number, given: string): void => {
    if (letter === 'A') row = Math.max(0, row - amount);
    else if (letter === 'B') row += amount;
    else if (letter === 'C') column += amount;
    else if (letter === 'D') column = Math.max(0, column - amount);
    else if (letter === 'G') column = amount - 1;
    else if (letter === 'K') lines[row] = given === '2' ? [] : lineAt(row).slice(0, column);
    else if (letter === 'J') {
      lines[row] = lineAt(row).slice(0, column);
      lines.length = row + 1;
    }
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  for (const part of bytes.match(/\u001b\[[?\d;]*[A-Za-z]|[\s\S]/gu) ?? []) {
    if (part === '\r') column = 0;
    else if (part === '\n') row++;
    else if (part.startsWith('\u001b[')) {
      const given = part.slice(2, -1);
      if (!given.startsWith('?')) move(part.at(-1) ?? '', Number.parseInt(given, 10) || 1, given);
    } else if (part >= ' ') put(part);
  }
  return lines.map((line) => line.join('').trimEnd()).join('\n');
}
