import { randomUUID } from 'node:crypto';
import type { GitHost } from '../host.ts';
import type { Repository, Token } from '../records.ts';
import { type Command, judgePush, NOTHING, readCommands, type Verdict } from './push-rules.ts';

// Pushes in progress: answers their hook, and reports the refs that have changed when git has ended.

export type Pushed = { repository: Repository; token: Token; commands: Command[] };

export class Pushes {
  readonly #open = new Map<string, Pushed>();
  readonly #host: GitHost;
  readonly #told: (pushed: Pushed) => Promise<void>;

  constructor(host: GitHost, told: (pushed: Pushed) => Promise<void>) {
    this.#host = host;
    this.#told = told;
  }

  begin(repository: Repository, token: Token): string {
    const id = randomUUID();
    this.#open.set(id, { repository, token, commands: [] });
    return id;
  }

  /** Answers the hook; null for the id of no open push. */
  async judge(id: string, lines: readonly string[]): Promise<Verdict[] | null> {
    const push = this.#open.get(id);
    if (!push) return null;
    const commands = readCommands(lines);
    const verdicts = await judgePush(this.#host, push.repository, push.token, commands);
    push.commands = commands.filter(({ ref }) => verdicts.some((one) => one.ref === ref && one.refused === null));
    return verdicts;
  }

  async end(id: string): Promise<void> {
    const push = this.#open.get(id);
    this.#open.delete(id);
    if (!push) return;
    const folder = this.#host.store.bareFolder(push.repository);
    const done: Command[] = [];
    for (const command of push.commands) {
      const now = await this.#host.git.maybe(folder, ['rev-parse', '--verify', '--quiet', command.ref]);
      if ((now ?? NOTHING) === command.new) done.push(command);
    }
    if (done.length > 0) await this.#told({ ...push, commands: done });
  }
}
