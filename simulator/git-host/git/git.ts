import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';

// The real git in the stand-in's bare repositories, without the settings of whoever runs it.

const run = promisify(execFile);
const MAX_OUTPUT = 256 * 2 ** 20;

export type Signature = { name: string; email: string; at: number };

export class Git {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
    mkdirSync(home, { recursive: true });
  }

  get environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.#home,
      LANG: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Git host',
      GIT_AUTHOR_EMAIL: 'noreply@github.com',
      GIT_COMMITTER_NAME: 'Git host',
      GIT_COMMITTER_EMAIL: 'noreply@github.com',
    };
  }

  /** The output without the last line break; throws with git's own words. */
  async ask(folder: string, args: readonly string[], more: Record<string, string> = {}): Promise<string> {
    return (await this.bytes(folder, args, more)).toString('utf8').replace(/\n$/, '');
  }

  async bytes(folder: string, args: readonly string[], more: Record<string, string> = {}): Promise<Buffer> {
    const { stdout } = await run('git', ['--git-dir', folder, ...args], {
      env: { ...this.environment, ...more },
      maxBuffer: MAX_OUTPUT,
      encoding: 'buffer',
    });
    return stdout;
  }

  /** Null instead of an error. */
  async maybe(folder: string, args: readonly string[]): Promise<string | null> {
    return this.ask(folder, args).catch(() => null);
  }

  /** Runs git with this text as its input. */
  feed(folder: string, args: readonly string[], input: string | Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        'git',
        ['--git-dir', folder, ...args],
        { env: this.environment, maxBuffer: MAX_OUTPUT },
        (error, out) => (error ? reject(error) : resolve(out.replace(/\n$/, ''))),
      );
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
  }

  /** The commit of a branch, tag or commit id; null when there is none. */
  commit(folder: string, name: string): Promise<string | null> {
    if (name.startsWith('-')) return Promise.resolve(null);
    return this.maybe(folder, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
  }

  branchCommit(folder: string, branch: string): Promise<string | null> {
    return this.commit(folder, `refs/heads/${branch}`);
  }
}

/** The settings of author and committer for commits that the host makes. */
export function signed({ name, email, at }: Signature): Record<string, string> {
  const date = `${Math.floor(at / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
}
