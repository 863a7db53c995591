import { isDeepStrictEqual } from 'node:util';
import type { ProjectRepository } from '../../../src/protocol/index.ts';
import type { ConnectProxy } from '../network/connect-proxy.ts';
import { makeRepositoryEnvironment, makeSandboxEnvironment } from './git-settings.ts';
import { type ApiAnswer, type ApiRequest, askGithub } from './github-api.ts';
import { ignoredInSandbox } from './tools-folder.ts';

// Which repository a project is bound to, as the relay told with the newest attempt. In memory only: after a restart
// the next attempt tells it again.

/** The silence after which a request to the API counts as unanswered. */
const API_MS = 60_000;

export type ProjectScope = { conversation: string; project: string };

export class Repositories {
  readonly #proxy: Pick<ConnectProxy, 'port' | 'wordFor'>;
  readonly #dataDir: string;
  readonly #known = new Map<string, ProjectRepository>();

  constructor(proxy: Pick<ConnectProxy, 'port' | 'wordFor'>, dataDir: string) {
    this.#proxy = proxy;
    this.#dataDir = dataDir;
  }

  /** Takes over what the relay told; true if that is something else than before. */
  heard(scope: ProjectScope, repository: ProjectRepository | undefined): boolean {
    const before = this.find(scope);
    if (repository) this.#known.set(key(scope), repository);
    else this.#known.delete(key(scope));
    return !isDeepStrictEqual(before, repository ?? null);
  }

  find(scope: ProjectScope): ProjectRepository | null {
    return this.#known.get(key(scope)) ?? null;
  }

  /** A request to GitHub's API with the conversation's account; null if no answer came. */
  askApi({ conversation }: ProjectScope, request: ApiRequest): Promise<ApiAnswer | null> {
    return askGithub({ port: this.#proxy.port, word: this.#proxy.wordFor(conversation) }, request, API_MS);
  }

  forget(conversation: string): void {
    for (const known of this.#known.keys()) if (known.startsWith(`${conversation}/`)) this.#known.delete(known);
  }

  /** Variables of the project's processes. `portInside`: for those in the sandbox, where they see the connect proxy. */
  environmentFor(scope: ProjectScope, portInside?: number): Record<string, string> {
    const repository = this.find(scope);
    const ignored = ignoredInSandbox(this.#dataDir);
    if (!repository) return portInside === undefined ? {} : makeSandboxEnvironment(ignored);
    const door = { port: portInside ?? this.#proxy.port, word: this.#proxy.wordFor(scope.conversation) };
    const inside = portInside === undefined ? {} : { ignored };
    return makeRepositoryEnvironment(repository, { ...door, ...inside });
  }
}

const key = ({ conversation, project }: ProjectScope): string => `${conversation}/${project}`;
