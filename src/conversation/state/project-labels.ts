import { normaliseUnicode } from '../../protocol/linear-text.ts';
import { FIRST_PROJECT } from './state.ts';

// Names of projects: which are allowed, when two count as the same, and the random id of the folder. Ids never change.

export const LABEL_MAX = 40;
/** The subcommands of /project. A project can't have one of these names. */
export const PROJECT_WORDS = ['list', 'switch', 'new', 'clone', 'rename', 'archive', 'restore'] as const;

export type LabelFault = 'empty' | 'long' | 'characters' | 'word';
export type ReadLabel = { label: string } | { fault: LabelFault };

/**
 * Control characters, half surrogate pairs, format characters except the joiner of emoji, and `>`, at which /project
 * rename splits.
 */
const REFUSED = /[\p{Cc}\p{Cs}>]|(?!\u200D)\p{Cf}/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

const folded = (text: string): string => normaliseUnicode(text, 'NFC').replace(/\s+/gu, ' ').trim();

/** The name as Roost stores it, or why it can't be a name. */
export function readLabel(text: string): ReadLabel {
  const label = folded(text);
  if (label === '') return { fault: 'empty' };
  if ([...label].length > LABEL_MAX) return { fault: 'long' };
  if (REFUSED.test(label) || !VISIBLE.test(label)) return { fault: 'characters' };
  if (PROJECT_WORDS.some((word) => word === keyOfLabel(label))) return { fault: 'word' };
  return { label };
}

/** Two names with one key are the same name. */
export const keyOfLabel = (label: string): string => normaliseUnicode(folded(label).toLowerCase(), 'NFC');

const SLUG_MAX = 40;

/**
 * An id for the folder: readable, with random hex digits at the end, more of them until the id is free. `random`
 * supplies new digits.
 */
export function newProjectId(label: string, random: () => string, isTaken: (id: string) => boolean): string {
  const plain = normaliseUnicode(label, 'NFKD').toLowerCase();
  const words = plain.replace(/\p{M}/gu, '').replace(/[^a-z0-9]+/g, '-');
  const slug = words.replace(/^-+/, '').slice(0, SLUG_MAX).replace(/-$/, '') || 'project';
  for (let digits = 4; ; digits++) {
    const id = `${slug}-${random().replaceAll('-', '').slice(-digits)}`;
    if (!isTaken(id)) return id;
  }
}

/** What tells a project from others without the words of its name. The first project's id has none of them. */
export const withoutName = (id: string): string =>
  id === FIRST_PROJECT ? id : `…${id.slice(id.lastIndexOf('-') + 1)}`;
