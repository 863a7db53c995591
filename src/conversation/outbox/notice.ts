import { MERGED_CHARS } from '../policy/outbox.ts';
import type { Context } from '../state/events.ts';
import type { State } from '../state/state.ts';
import { enqueue } from './replies.ts';

// A notice of any length: as few messages as the carrier's bound allows, parted where a blank line or at least a line ends.

export const sendNotice = (state: State, text: string, ctx: Context): State =>
  enqueue(state, 'notice', packText(text), ctx);

export function packText(text: string, most = MERGED_CHARS): string[] {
  const blocks = text
    .split('\n\n')
    .flatMap((block) => (block.length <= most ? [block] : joined(block.split('\n'), '\n', most)));
  return joined(blocks, '\n\n', most);
}

/** Pieces that fit stay together. */
function joined(pieces: readonly string[], between: string, most: number): string[] {
  const parts: string[] = [];
  for (const piece of pieces) {
    const last = parts.at(-1);
    const fits = last !== undefined && last.length + between.length + piece.length <= most;
    if (fits) parts.splice(-1, 1, `${last}${between}${piece}`);
    else parts.push(piece);
  }
  return parts;
}
