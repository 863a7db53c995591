import { mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Folder } from '../files/folder.ts';

// Creates the folders of a conversation. The conversation's folder belongs to the server, so that nobody else can move
// its content; some folders inside belong to the agent, the others to the server. ownership.ts corrects folders of
// earlier versions.

/** Agents may pass through it to their own folders. */
export function makeConversationFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o711 });
}

/** A folder that only the server uses. */
export function makeServersFolder(path: string): void {
  makeConversationFolder(dirname(path));
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** A folder of the agent's: home, configuration, projects. The caller closes it. */
export function makeAgentsFolder(path: string): Folder {
  makeConversationFolder(dirname(path));
  using conversation = Folder.open(dirname(path));
  return conversation.make(basename(path), 0o700);
}
