import type { Action } from '../protocol/index.ts';

// Slash words that the machine answers: ours for it, and all that only the agent may know (its own commands, skills, a
// project's commands). Each gets a turn of its own.

/** An action of the machine, and its text (protocol, Action). */
export type MachineCommand = { action: Action; text: string };

const SLASH_WORD = /^\s*\/([a-z][\w:.-]*)(?:\s+([\s\S]*))?$/i;

/** Null when the text is no slash word; a path isn't one. */
export function readMachineCommand(text: string): MachineCommand | null {
  const match = SLASH_WORD.exec(text);
  if (!match) return null;
  const rest = match[2]?.trim() ?? '';
  switch (match[1]?.toLowerCase()) {
    case 'mcp':
      return { action: 'mcp', text: '.' };
    case 'memory':
      return { action: 'memory', text: rest === '' ? '.' : rest };
    default:
      return { action: 'command', text: text.trim() };
  }
}

/** The command as the person texted it, so that they recognise it. */
export function commandTextOf({ action, text }: { action: Action | null; text: string }): string {
  switch (action) {
    case 'undo':
    case 'mcp':
      return `/${action}`;
    case 'memory':
    case 'files':
      return text === '.' ? `/${action}` : `/${action} ${text}`;
    case 'send_file':
      return `/files send ${text}`;
    case 'aside':
      return `/btw ${text}`;
    case 'wrap_up':
      return '/end';
    case 'diff':
      return '/diff work';
    case 'clone':
      return `clone ${text}`;
    case 'command':
    case null:
      return text;
  }
}
