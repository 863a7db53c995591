import type { ProjectRepository, StartAttempt } from '../../../src/protocol/index.ts';
import type { ConnectProxy } from '../network/connect-proxy.ts';
import type { ModelProxy } from '../network/model-proxy.ts';
import type { ProjectScope, Repositories } from '../repository/repositories.ts';

// The agent's ways to the model and to its project's repository: open while an attempt runs, with the attempt's tokens.
// In memory only.

/** Fresh tokens, as the relay sends them. */
export type FreshTokens = { model: string | undefined; connect: string | undefined };

export class Gateways {
  readonly #model: ModelProxy;
  readonly #connect: ConnectProxy;
  readonly repositories: Repositories;

  constructor(model: ModelProxy, connect: ConnectProxy, repositories: Repositories) {
    this.#model = model;
    this.#connect = connect;
    this.repositories = repositories;
  }

  open(conversation: string, { model_token: token, git }: Pick<StartAttempt, 'model_token' | 'git'>): void {
    this.#model.open(conversation, token);
    if (git) this.#connect.open(conversation, git);
    else this.#connect.shut(conversation);
  }

  /** Takes over the project's repository; true if it is another one than before. */
  heard(scope: ProjectScope, git: ProjectRepository | undefined): boolean {
    return this.repositories.heard(scope, git);
  }

  renew(conversation: string, { model, connect }: FreshTokens, now: number): void {
    if (model) this.#model.renew(conversation, model, now);
    if (connect) this.#connect.renew(conversation, connect, now);
  }

  shut(conversation: string): void {
    this.#model.shut(conversation);
    this.#connect.shut(conversation);
  }
}

/** The part of a request that may be stored: without tokens. */
export function withoutTokens({ model_token: _, git, ...rest }: StartAttempt) {
  return { ...rest, ...(git ? { git: repositoryOf(git) } : {}) };
}

/** Without the token. */
const repositoryOf = ({ host, path, name, email }: ProjectRepository): ProjectRepository => ({
  host,
  path,
  ...(name === undefined ? {} : { name }),
  ...(email === undefined ? {} : { email }),
});
