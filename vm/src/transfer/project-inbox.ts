import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineFile } from '../../../src/protocol/index.ts';
import { IMAGE_TYPES, type Image } from '../agent/agent.ts';
import { Folder } from '../files/folder.ts';
import { toSafeName, withSuffix } from '../files/safe-name.ts';
import { prepareProject } from '../workspace/project-folder.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { formatSize } from './listing.ts';

// Puts a message's files into the project's `inbox/`, where the agent finds them, and names them in the message. Never
// follows a link, and never overwrites a file.

/** The largest image a model takes. */
const SHOWN_MAX_BYTES = 5 * 2 ** 20;
/** The limit for all images in one request. */
const SHOWN_TOTAL_BYTES = 20 * 2 ** 20;
const FOLDERS = ['inbox', 'inbox-2', 'inbox-3', 'inbox-4'];

type Received = { file: MachineFile; given: { project: string; path: string } | null; content: string };

export function giveToProject(
  workspace: Workspace,
  project: string,
  text: string,
  received: readonly Received[],
  note: (id: string, path: string) => void,
): { text: string; images: Image[] } {
  if (received.length === 0) return { text, images: [] };
  const cwd = prepareProject(workspace, project);
  const images: Image[] = [];
  let shown = 0;
  const lines = received.map(({ file, given, content }) => {
    const path = given?.project === project ? given.path : put(cwd, file, content);
    if (path !== null && given?.project !== project) note(file.id, path);
    const type = IMAGE_TYPES.find((one) => one === file.type);
    const isShown = type !== undefined && file.size <= SHOWN_MAX_BYTES && shown + file.size <= SHOWN_TOTAL_BYTES;
    if (isShown) {
      images.push({ type, path: content });
      shown += file.size;
    }
    const what = `${file.type}, ${formatSize(file.size)}${isShown ? ', shown here' : ''}`;
    return path === null
      ? `[The person sent ${file.name} (${what}), but it couldn’t be saved in the project.]`
      : `[The person sent ${path} (${what})]`;
  });
  return { text: [text, '', ...lines].join('\n'), images };
}

/** The file's path in the project, or null when something is in the way. */
function put(cwd: string, file: MachineFile, content: string): string | null {
  using project = Folder.open(cwd);
  const chosen = FOLDERS.find((name) => project.stat(name)?.isDirectory() ?? true);
  if (!chosen) return null;
  using folder = project.make(chosen);
  // Made safe again: the row may be from an older version with other rules.
  const name = toSafeName(file.name);
  for (const candidate of [name, withSuffix(name, file.id.slice(0, 6)), withSuffix(name, file.id)]) {
    const there = folder.stat(candidate);
    if (there === null) folder.copy(content, candidate);
    else if (there.size !== file.size || !folder.read(candidate, file.size)?.equals(readFileSync(content))) continue;
    return join(chosen, candidate);
  }
  return null;
}
