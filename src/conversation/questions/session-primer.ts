import type { Answer } from '../../protocol/index.ts';
import { SEED_BYTES, SEED_TEXT_CHARS } from '../policy/turn.ts';
import type { Said } from '../state/backup.ts';
import type { Read } from '../state/reads.ts';
import { recentTextsOf, type State } from '../state/state.ts';

// Tells an agent that has lost its session what was said, newest last. These are the words of both sides; the machine
// tells the agent how to read them.

export const readsOfPrimer = (): Read[] => [{ rows: 'recent-texts' }];

export function composePrimer(state: State): Answer {
  const lines: string[] = [];
  let left = SEED_BYTES;
  for (const said of recentTextsOf(state).toReversed()) {
    const line = lineOf(said);
    left -= new TextEncoder().encode(line).length + 1;
    if (left < 0) break;
    lines.unshift(line);
  }
  return { kind: 'done', ok: lines.length > 0, text: lines.join('\n') };
}

function lineOf({ at, isPerson, text }: Said): string {
  const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const points = [...text.replace(/\s*\n\s*/g, ' / ').trim()];
  const short = points.length > SEED_TEXT_CHARS ? `${points.slice(0, SEED_TEXT_CHARS).join('')}…` : points.join('');
  return `[${when} UTC] ${isPerson ? 'Person' : 'Assistant'}: ${short}`;
}
