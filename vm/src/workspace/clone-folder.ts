import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Folder } from '../files/folder.ts';
import { makeConversationFolder, makeServersFolder } from './conversation-folders.ts';
import type { Workspace } from './workspace.ts';

// Where a clone is made: aside, in a folder that only the server changes, until it is whole. Then it takes the place of
// the project's folder in one step, so that a half clone never is the project's.

/** Folders that others than the agent leave in a new project, empty. */
const LEFT_BY_OTHERS = ['.claude', '.vscode', '.idea'];
/** In a repository without any commit. */
const EMPTY_OBJECTS = ['info', 'pack'];

const rootOf = ({ projects }: Workspace): string => dirname(projects);
export const CLONING = 'cloning';

/** Makes the folder for the clone, and removes what a cut clone left there. Returns its path. */
export function makeCloneFolder(workspace: Workspace, project: string): string {
  const aside = join(rootOf(workspace), CLONING);
  makeConversationFolder(rootOf(workspace));
  mkdirSync(aside, { recursive: true });
  chmodSync(aside, 0o711);
  using folder = Folder.open(aside);
  folder.remove(project);
  folder.make(project).close();
  return join(aside, project);
}

export function removeCloneFolder(workspace: Workspace, project: string): void {
  rmSync(join(rootOf(workspace), CLONING, project), { recursive: true, force: true });
}

/** Puts the clone in the place of the project's folder. `note` is what `noteOfClone` returns from then on. */
export function takeClone(workspace: Workspace, project: string, note: string): boolean {
  if (!isEmptyProject(workspace, project)) return false;
  const path = noteOf(workspace, project);
  makeServersFolder(dirname(path));
  writeFileSync(`${path}.new`, note, { flush: true });
  renameSync(`${path}.new`, path);
  using projects = Folder.open(workspace.projects);
  projects.remove(project);
  projects.take(join(rootOf(workspace), CLONING, project), project);
  return true;
}

/** The note of the clone that is the project's folder now; null if there is none. */
export function noteOfClone(workspace: Workspace, project: string): string | null {
  if (isEmptyProject(workspace, project)) return null;
  try {
    return readFileSync(noteOf(workspace, project), 'utf8');
  } catch {
    return null;
  }
}

const noteOf = (workspace: Workspace, project: string): string =>
  join(rootOf(workspace), 'setup', `${project}.clone.json`);

/** Whether nobody has put anything into the project yet: it has at most the repository it was made with. */
export function isEmptyProject({ projects }: Workspace, project: string): boolean {
  using all = Folder.open(projects);
  if (all.stat(project) === null) return true;
  if (!all.stat(project)?.isDirectory()) return false;
  using folder = all.enter(project);
  return folder.names(10).every((name) => {
    if (!folder.stat(name)?.isDirectory()) return false;
    using inner = folder.enter(name);
    return name === '.git' ? isNewRepository(inner) : LEFT_BY_OTHERS.includes(name) && inner.names(1).length === 0;
  });
}

/** No object was ever written. */
function isNewRepository(git: Folder): boolean {
  if (!git.stat('objects')?.isDirectory()) return git.names(1).length === 0;
  using objects = git.enter('objects');
  return objects.names(10).every((name) => {
    if (!EMPTY_OBJECTS.includes(name) || !objects.stat(name)?.isDirectory()) return false;
    using inner = objects.enter(name);
    return inner.names(1).length === 0;
  });
}
