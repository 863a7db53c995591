// WhatsApp's markup within a line: *bold* _italic_ ~struck~ `code`. Owns the rule where a mark counts; neither writes
// nor splits. Keeps nothing.

/** Three backticks around lines. */
export const FENCE = '```';

/** A marked span: the positions of its two marks in the text, and the span around it. */
export type Span = { mark: string; open: number; close: number; within?: Span | undefined };

/** Next to a letter or digit a mark has no effect, so snake_case and 2*3*4 stay as they are. */
export function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}\p{M}]/u.test(character);
}

/** Whether a person would see anything: white space, controls and zero-width characters are invisible. */
export function isVisible(text: string): boolean {
  return /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}]/u.test(text);
}

const isSpace = (character: string | undefined): boolean => character === undefined || /\s/.test(character);

/** The marked spans of the line from `start` to `end`, in the order in which they open; no span crosses another. */
export function spansOf(text: string, start = 0, end = text.length): Span[] {
  const spans: Span[] = [];
  const pending = new Map<string, number>();
  const at = (index: number): string | undefined => (index < start || index >= end ? undefined : text[index]);
  let codeEndsAhead = true;
  for (let index = start; index < end; index++) {
    const mark = text[index] as string;
    if (!'*_~`'.includes(mark)) continue;
    const begins = !isWord(at(index - 1)) && !isSpace(at(index + 1));
    if (mark === '`') {
      if (!codeEndsAhead || !begins) continue;
      const close = text.indexOf('`', index + 1);
      codeEndsAhead = close !== -1 && close < end;
      if (!codeEndsAhead || close === index + 1) continue;
      spans.push({ mark, open: index, close });
      index = close;
      continue;
    }
    const open = pending.get(mark);
    if (open === undefined) {
      if (begins) pending.set(mark, index);
    } else if (open < index - 1 && !isSpace(at(index - 1)) && !isWord(at(index + 1))) {
      spans.push({ mark, open, close: index });
      for (const [other, since] of pending) if (since >= open) pending.delete(other);
    }
  }
  return nested(spans.sort((a, b) => a.open - b.open));
}

function nested(spans: Span[]): Span[] {
  const around: Span[] = [];
  for (const span of spans) {
    while (around.length > 0 && (around.at(-1) as Span).close < span.open) around.pop();
    span.within = around.at(-1);
    around.push(span);
  }
  return spans;
}
