import { isDeepStrictEqual } from 'node:util';
import type { ProjectRepository } from '../../../src/protocol/index.ts';
import type { ConnectProxy } from '../network/connect-proxy.ts';
import { makeRepositoryEnvironment } from './git-settings.ts';

// Which repository a project is bound to, as the relay told with the newest attempt. In memory only: after a restart
// the next attempt tells it again.

export type ProjectScope = { conversation: string; project: string };

export class Repositories {
  readonly #proxy: Pick<ConnectProxy, 'port' | 'wordFor'>;
  readonly #known = new Map<string, ProjectRepository>();

  constructor(proxy: Pick<ConnectProxy, 'port' | 'wordFor'>) {
    this.#proxy = proxy;
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

  forget(conversation: string): void {
    for (const known of this.#known.keys()) if (known.startsWith(`${conversation}/`)) this.#known.delete(known);
  }

  /** Variables of the project's processes. `port`: where they see the connect proxy, if not at its own port. */
  environmentFor(scope: ProjectScope, port = this.#proxy.port): Record<string, string> {
    const repository = this.find(scope);
    if (!repository) return {};
    return makeRepositoryEnvironment(repository, { port, word: this.#proxy.wordFor(scope.conversation) });
  }
}

const key = ({ conversation, project }: ProjectScope): string => `${conversation}/${project}`;
