import type { Action } from '../protocol/index.ts';

// Reads /files. The machine decides whether a path may be read; only names that can't be a path are refused here.

export type FilesRequest =
  /** A request to the machine (protocol, Action). */
  | { kind: 'ask'; action: Extract<Action, 'files' | 'send_file'>; text: string }
  | { kind: 'use' | 'oddName' | 'longName' };

/** The longest path, and name in it, that file systems accept. */
const PATH_MAX = 1000;
const NAME_MAX = 255;

/** `rest`: what follows `/files`, trimmed. */
export function readFilesRequest(rest: string): FilesRequest {
  const send = /^send(?:\s+([\s\S]*))?$/i.exec(rest);
  const path = send ? (send[1]?.trim() ?? '') : rest === '' ? '.' : rest;
  if (path === '') return { kind: 'use' };
  // Control characters and direction marks disguise a name.
  if (/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u.test(path)) return { kind: 'oddName' };
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  if (bytes(path) > PATH_MAX || path.split('/').some((name) => bytes(name) > NAME_MAX)) return { kind: 'longName' };
  return { kind: 'ask', action: send ? 'send_file' : 'files', text: path };
}
