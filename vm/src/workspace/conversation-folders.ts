import { mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Folder } from '../files/folder.ts';

// Creates the folders of a conversation. The conversation's folder belongs to the server, so that nobody else can move
// what is in it; some folders inside belong to the agent, the others to the server. ownership.ts corrects folders of
// earlier versions.

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
