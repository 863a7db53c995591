import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { getAgentUser, toAgentCommand } from '../process/agent-user.ts';
import { copyCheckout, hasCheckout } from './checkout.ts';
import { makeAgentsFolder } from './conversation-folders.ts';
import { makeCommandEnvironment } from './environment.ts';
import type { Workspace } from './workspace.ts';

// Creates the folder of a project.

/**
 * Creates the project's folder if needed. Its path never changes, because a session can only be resumed in its folder.
 */
export function prepareProject(workspace: Workspace, project: string): string {
  const cwd = join(workspace.projects, project);
  for (const folder of [workspace.home, workspace.config]) makeAgentsFolder(folder).close();
  using projects = makeAgentsFolder(workspace.projects);
  const isNew = projects.stat(project) === null;
  if (isNew && hasCheckout(project) && copyCheckout(workspace, project)) return cwd;
  projects.make(project).close();
  // A repository of its own: if DATA_DIR lies inside another repository, the agent would take that for its project.
  // Best effort, because a machine without git works too.
  if (isNew) {
    const env = getAgentUser() ? makeCommandEnvironment(process.env, workspace) : process.env;
    spawnSync(...toAgentCommand('git', ['init', '--quiet']), { cwd, env, stdio: 'ignore', timeout: 10_000 });
  }
  return cwd;
}
