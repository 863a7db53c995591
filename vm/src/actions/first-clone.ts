import type { ProjectScope } from '../repository/repositories.ts';
import { isEmptyProject } from '../workspace/clone-folder.ts';
import { prepareProject } from '../workspace/project-folder.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import { type CloneActionSetup, type CloneHost, cloneProject } from './clone-action.ts';

// A project of a repository whose folder is empty gets its clone before the agent is woken: the machine is new, or an
// earlier clone failed. How often it was tried is in memory only.

/** A clone that always fails must not delay every turn. */
const TRIES_MAX = 3;

export class FirstClone {
  readonly #setup: CloneActionSetup;
  readonly #tries = new Map<string, number>();

  constructor(setup: CloneActionSetup) {
    this.#setup = setup;
  }

  /** Null if the folder is not empty any more, else a note for the agent. */
  async make(scope: ProjectScope, host: CloneHost): Promise<string | null> {
    const { conversation, project } = scope;
    const { dataDir, repositories } = this.#setup;
    const workspace = workspaceOf(dataDir, conversation);
    if (!repositories.find(scope)) return null;
    prepareProject(workspace, project);
    if (!isEmptyProject(workspace, project)) return null;
    const key = `${conversation}/${project}`;
    const tries = (this.#tries.get(key) ?? 0) + 1;
    if (tries > TRIES_MAX) return noteOf('It has failed three times.');
    this.#tries.set(key, tries);
    const made = await cloneProject(this.#setup, scope, host.attempt, host);
    if (made === null || !made.isCloned) return made && noteOf(made.text);
    this.#tries.delete(key);
    return null;
  }
}

const noteOf = (why: string): string =>
  `[The project’s folder is empty, because its repository could not be cloned. What was said: ${why} Tell the person; for another try they text /project clone.]`;
