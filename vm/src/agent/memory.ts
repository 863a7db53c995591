import { normaliseUnicode } from '../../../src/protocol/linear-text.ts';
import { makeAgentsFolder } from '../workspace/conversation-folders.ts';
import type { Workspace } from '../workspace/workspace.ts';

// The agent's memory of the person, the same in every project: lines in the CLAUDE.md that Claude Code reads for all
// projects. Owns the file's format. The file is part of the person's backup; a warm agent reads it when it resumes.

/** Every prompt carries every line: longer texts belong into a project. */
const LINE_MAX = 500;
const FILE_MAX = 20_000;

export type Remembered = { ok: true; line: string } | { ok: false; reason: string };

const FILE = 'CLAUDE.md';

/** The memory, or null if it is empty. Follows no link: the agent could point one at any file. */
export function readMemory(workspace: Workspace): string | null {
  using folder = makeAgentsFolder(workspace.config);
  return folder.read(FILE)?.toString('utf8').trim() || null;
}

/** Adds a line. Adding the same line again changes nothing, so a repeated request does no harm. */
export function remember(workspace: Workspace, text: string): Remembered {
  const line = oneLine(text);
  if (line === '') return { ok: false, reason: 'There’s nothing to remember in that.' };
  if (line.length > LINE_MAX) {
    return {
      ok: false,
      reason: `That’s too long to remember: the limit is ${LINE_MAX} characters. Please shorten it.`,
    };
  }
  const known = readMemory(workspace) ?? '';
  if (known.split('\n').includes(`- ${line}`)) return { ok: true, line };
  if (known.length + line.length > FILE_MAX) {
    const reason =
      'My memory is full. Text /memory to see what I remember, and /memory forget with words of a line to remove it.';
    return { ok: false, reason };
  }
  using folder = makeAgentsFolder(workspace.config);
  folder.replace(FILE, [...(known === '' ? [] : [known]), `- ${line}`, ''].join('\n'));
  return { ok: true, line };
}

export type Forgotten = { ok: true; line: string } | { ok: false; lines: string[] };

/**
 * Removes the line that contains these words. If no line or several lines do, removes nothing and returns them. By
 * words and not by number, so that a repeat after a crash doesn't remove another line.
 */
export function forget(workspace: Workspace, words: string): Forgotten {
  const wanted = oneLine(words).toLowerCase();
  const kept = (readMemory(workspace) ?? '').split('\n');
  const lines = kept.filter((line) => line.startsWith('- ') && line.toLowerCase().includes(wanted));
  const [line] = lines;
  if (wanted === '' || line === undefined || lines.length > 1)
    return { ok: false, lines: lines.map((each) => each.slice(2)) };
  using folder = makeAgentsFolder(workspace.config);
  folder.replace(FILE, [...kept.filter((each) => each !== line), ''].join('\n'));
  return { ok: true, line: line.slice(2) };
}

/** Without line breaks, control and direction characters: a fact must not look like two facts or like a heading. */
function oneLine(text: string): string {
  const plain = normaliseUnicode(text.toWellFormed(), 'NFC').replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\s]+/gu, ' ');
  return plain.replace(/^[\s#>*+-]+/, '').trim();
}
