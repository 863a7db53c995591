import type { Action } from '../protocol/index.ts';

// What /files asks for. Whether a path may be read is the machine's to say; here only what can be no path is refused.

export type FilesRequest =
  /** For the machine (protocol, Action). */
  | { kind: 'ask'; action: Extract<Action, 'files' | 'send_file'>; text: string }
  | { kind: 'use' | 'oddName' | 'longName' };

/** As long as file systems take a path, and a name in it. */
const PATH_MAX = 1000;
const NAME_MAX = 255;

/** `rest`: what follows `/files`, trimmed. */
export function readFilesRequest(rest: string): FilesRequest {
  const send = /^send(?:\s+([\s\S]*))?$/i.exec(rest);
  const path = send ? (send[1]?.trim() ?? '') : rest === '' ? '.' : rest;
  if (path === '') return { kind: 'use' };
  // Controls and signs that change the direction of writing hide what a name is.
  if (/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u.test(path)) return { kind: 'oddName' };
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  if (bytes(path) > PATH_MAX || path.split('/').some((name) => bytes(name) > NAME_MAX)) return { kind: 'longName' };
  return { kind: 'ask', action: send ? 'send_file' : 'files', text: path };
}
