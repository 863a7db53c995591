import { mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Folder } from './files/folder.ts';

// The folders of a conversation as they are made: its own is the server's, so that nobody else moves what is in it; in it
// some are the agent's and the others nobody else's (ownership.ts puts right what earlier versions made).

/** Others may pass through it, to what is theirs. */
export function makeConversationFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o711 });
}

/** One that only the server uses. */
export function makeServersFolder(path: string): void {
  makeConversationFolder(dirname(path));
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** One of the agent's: its home, its configuration, its projects. The caller closes it. */
export function makeAgentsFolder(path: string): Folder {
  makeConversationFolder(dirname(path));
  using conversation = Folder.open(dirname(path));
  return conversation.make(basename(path), 0o700);
}
