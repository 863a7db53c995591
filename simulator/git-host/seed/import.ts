import type { GitHost } from '../host.ts';
import type { Repository } from '../records.ts';

// Writes commits into a bare repository at once, with `git fast-import`.

export type SeedCommit = {
  message: string;
  author: { name: string; email: string };
  /** Milliseconds since 1970. */
  at: number;
  /** Path and content; null deletes the file. */
  files: Readonly<Record<string, string | Buffer | null>>;
  /** Default: the repository's default branch. */
  branch?: string;
  /** A branch that starts here begins at this one's newest commit. */
  from?: string;
};

export async function importFiles(
  host: GitHost,
  repository: Repository,
  commits: readonly SeedCommit[],
): Promise<void> {
  const begun = new Set<string>();
  const pieces = commits.flatMap((commit) => {
    const branch = commit.branch ?? repository.defaultBranch;
    const who = `${commit.author.name} <${commit.author.email}> ${Math.floor(commit.at / 1000)} +0000`;
    const starts = !begun.has(branch) && commit.from !== undefined;
    begun.add(branch);
    return [
      Buffer.from(`commit refs/heads/${branch}\nauthor ${who}\ncommitter ${who}\n`),
      data(Buffer.from(commit.message)),
      Buffer.from(starts ? `from refs/heads/${commit.from}\n` : ''),
      ...Object.entries(commit.files).flatMap(([path, content]) =>
        content === null
          ? [Buffer.from(`D ${path}\n`)]
          : [Buffer.from(`M 100644 inline ${path}\n`), data(Buffer.from(content))],
      ),
      Buffer.from('\n'),
    ];
  });
  await host.git.feed(host.store.bareFolder(repository), ['fast-import', '--quiet'], Buffer.concat(pieces));
}

const data = (content: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`data ${content.length}\n`), content, Buffer.from('\n')]);
