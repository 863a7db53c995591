import type { GitHost } from '../host.ts';
import type { Repository } from '../records.ts';

// Reads commits, branches and changes from git, for the API and the pages.

export type CommitFacts = {
  sha: string;
  tree: string;
  parents: string[];
  author: { name: string; email: string; date: string };
  committer: { name: string; email: string; date: string };
  message: string;
};
/** A line of `git ls-tree`. `size`: 0 for what isn't a blob. */
export type TreeEntry = { mode: string; type: string; sha: string; size: number; path: string };
export type FileChange = {
  path: string;
  previous: string | null;
  status: 'added' | 'removed' | 'modified' | 'renamed';
  additions: number;
  deletions: number;
  patch: string | null;
  sha: string;
};

const FORMAT = '%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x01';

export class Reading {
  readonly #host: GitHost;
  readonly #folder: string;

  constructor(host: GitHost, repository: Repository) {
    this.#host = host;
    this.#folder = host.store.bareFolder(repository);
  }

  /** Newest first. `range` is what `git log` takes; options come before it. */
  async commits(range: readonly string[], options: readonly string[] = []): Promise<CommitFacts[]> {
    const { git } = this.#host;
    const text = await git.maybe(this.#folder, ['log', `--format=${FORMAT}`, ...options, '--end-of-options', ...range]);
    return (text ?? '')
      .split('\u0001')
      .map((part) => part.replace(/^\n/, ''))
      .filter(Boolean)
      .map(readCommit);
  }

  commit = async (name: string): Promise<CommitFacts | null> => {
    const sha = await this.#host.git.commit(this.#folder, name);
    return sha === null ? null : ((await this.commits([sha], ['-1']))[0] ?? null);
  };

  sha = (name: string): Promise<string | null> => this.#host.git.commit(this.#folder, name);

  /** Names and commits of branches (`heads`) or tags. */
  async refs(prefix: string): Promise<{ ref: string; sha: string; type: string }[]> {
    const text = await this.#host.git.maybe(this.#folder, [
      'for-each-ref',
      '--format=%(refname) %(objectname) %(objecttype)',
      prefix,
    ]);
    return (text ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [ref = '', sha = '', type = ''] = line.split(' ');
        return { ref, sha, type };
      });
  }

  /** Entries of a tree. `args`: options, the tree, and paths. */
  async entries(args: readonly string[]): Promise<TreeEntry[]> {
    const text = await this.#host.git.maybe(this.#folder, ['ls-tree', '-l', '-z', ...args]);
    return (text ?? '')
      .split('\0')
      .filter(Boolean)
      .map((line) => {
        const facts = line.split('\t', 1)[0] ?? '';
        const [mode = '', type = '', sha = '', size = ''] = facts.split(/ +/);
        return { mode, type, sha, size: Number(size) || 0, path: line.slice(facts.length + 1) };
      });
  }

  mergeBase = (one: string, other: string): Promise<string | null> =>
    this.#host.git.maybe(this.#folder, ['merge-base', one, other]);

  /** The diff or patch of a range, as text. */
  text = (args: readonly string[]): Promise<string | null> => this.#host.git.maybe(this.#folder, args);

  async changes(base: string, head: string): Promise<FileChange[]> {
    const range = [base, head];
    const { git } = this.#host;
    const [raw, counts, whole] = await Promise.all([
      git.ask(this.#folder, ['diff', '--raw', '-z', '-M', '--no-abbrev', ...range]),
      git.ask(this.#folder, ['diff', '--numstat', '-z', '-M', ...range]),
      git.ask(this.#folder, ['diff', '-M', ...range]),
    ]);
    const numbers = readCounts(counts);
    const patches = whole.split(/^(?=diff --git )/m).filter(Boolean);
    return readRaw(raw).map((row, at) => ({
      ...row,
      additions: numbers[at]?.additions ?? 0,
      deletions: numbers[at]?.deletions ?? 0,
      patch: /^@@[\s\S]*/m.exec(patches[at] ?? '')?.[0].replace(/\n$/, '') ?? null,
    }));
  }
}

function readCommit(part: string): CommitFacts {
  const [sha = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] =
    part.split('\0');
  const utc = (date: string): string => `${new Date(date).toISOString().slice(0, 19)}Z`;
  return {
    sha,
    tree,
    parents: parents.split(' ').filter(Boolean),
    author: { name: an, email: ae, date: utc(ad) },
    committer: { name: cn, email: ce, date: utc(cd) },
    message: message.replace(/\n+$/, ''),
  };
}

const STATUS: Readonly<Record<string, FileChange['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  T: 'modified',
  R: 'renamed',
};

function readRaw(raw: string): Omit<FileChange, 'additions' | 'deletions' | 'patch'>[] {
  const parts = raw.split('\0').filter(Boolean);
  const rows = [];
  for (let at = 0; at < parts.length; ) {
    const [, , , after = '', letter = 'M'] = (parts[at] ?? '').split(' ');
    const renamed = letter.startsWith('R');
    const [first = '', second = ''] = parts.slice(at + 1, at + 3);
    rows.push({
      path: renamed ? second : first,
      previous: renamed ? first : null,
      status: STATUS[letter[0] ?? 'M'] ?? 'modified',
      sha: after,
    });
    at += renamed ? 3 : 2;
  }
  return rows;
}

function readCounts(text: string): { additions: number; deletions: number }[] {
  const parts = text.split('\0').filter(Boolean);
  const rows = [];
  for (let at = 0; at < parts.length; at++) {
    const [additions = '0', deletions = '0', path] = (parts[at] ?? '').split('\t');
    rows.push({ additions: Number(additions) || 0, deletions: Number(deletions) || 0 });
    // A renamed file has an empty path here and both paths behind it.
    if (path === '' || path === undefined) at += 2;
  }
  return rows;
}
