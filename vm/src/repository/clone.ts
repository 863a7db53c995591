import type { ProjectRepository } from '../../../src/protocol/index.ts';
import { describeProgress, isProgress, type Progress, readProgress, reasonIn } from './clone-progress.ts';
import { type GitCall, type GitEnd, runGit } from './run-git.ts';

// Clones a repository into an empty folder, and looks at what came. Runs nothing that the repository brings: no hook, no
// filter, no submodule; large files of LFS stay as pointers above a bound. Keeps nothing.

/** A repository above this size comes without the old versions of its files; git fetches those when it needs them. */
const WHOLE_MAX_BYTES = 200 * 2 ** 20;
/** LFS files are fetched at once up to this size in all. */
const LFS_MAX_BYTES = 50 * 2 ** 20;
/** Progress is told at most this often. */
const TELL_EVERY_MS = 5000;
/** A pointer's line `size …` is short. */
const SIZES_MAX = 4 * 2 ** 20;

export type CloneCall = Omit<GitCall, 'cwd' | 'onLine' | 'onOutput'> & {
  repository: ProjectRepository;
  /** The empty folder. */
  folder: string;
  /** In bytes, as the host tells; null if it doesn't. */
  size: number | null;
  say: (text: string) => void;
  now?: () => number;
};

export type LargeFiles = { files: number; bytes: number; state: 'fetched' | 'left' | 'no-program' };
export type Cloned = {
  branch: string | null;
  files: number;
  bytes: number;
  submodules: number;
  /** Without old versions of files. */
  isPartial: boolean;
  /** Names that differ only in case, of which this disk keeps one. */
  collides: boolean;
  lfs: LargeFiles | null;
};

/** `failed`: git's reason, for the person; null when it was ended. */
export async function clone(call: CloneCall): Promise<Cloned | { failed: string | null }> {
  const { repository, folder, size } = call;
  const isPartial = size !== null && size > WHOLE_MAX_BYTES;
  const filter = isPartial ? ['--filter=blob:none'] : [];
  const address = `https://${repository.host}/${repository.path}.git`;
  const options = ['--template=', '--no-recurse-submodules', '--progress'];
  const { onLine, collides } = listener(call);
  const command = ['-c', 'core.hooksPath=/dev/null', 'clone', ...options, ...filter, address, folder];
  const end = await runGit(command, { ...call, cwd: folder, onLine });
  if (end.code !== 0) return failure(end);
  const git = gitIn(call);
  const listed = await countFiles(call);
  const lfs = await fetchLargeFiles(call);
  if (lfs !== null && 'failed' in lfs) return lfs;
  const head = await git(['symbolic-ref', '--short', 'HEAD']);
  const objects = await git(['count-objects', '-v']);
  if (call.abort.aborted) return { failed: null };
  return {
    branch: head.code === 0 ? head.output.trim() : null,
    ...listed,
    bytes: 1024 * Number(/^size-pack: (\d+)$/m.exec(objects.output)?.[1] ?? 0),
    isPartial,
    collides: collides(),
    lfs,
  };
}

const failure = ({ code, lines }: GitEnd): { failed: string | null } => ({
  failed: code === null ? null : reasonIn(lines.filter((line) => !isProgress(line))),
});

function listener({ repository, say, now = Date.now }: CloneCall) {
  const name = repository.path.split('/').at(-1) ?? '';
  let toldAt = Number.NEGATIVE_INFINITY;
  let told: Progress | null = null;
  let isColliding = false;
  const onLine = (line: string): void => {
    isColliding ||= line.startsWith('warning: the following paths have collided');
    const progress = readProgress(line);
    if (!progress || now() - toldAt < TELL_EVERY_MS) return;
    if (progress.phase === told?.phase && progress.percent === told.percent) return;
    [toldAt, told] = [now(), progress];
    say(describeProgress(name, progress));
  };
  return { onLine, collides: () => isColliding };
}

/** Runs git in the clone; keeps the beginning of its output. */
const gitIn =
  (call: CloneCall) =>
  async (args: readonly string[], cwd = call.folder): Promise<GitEnd & { output: string }> => {
    const chunks: Buffer[] = [];
    let kept = 0;
    const onOutput = (chunk: Buffer): void => {
      if (kept < SIZES_MAX) chunks.push(chunk);
      kept += chunk.length;
    };
    const end = await runGit(args, { ...call, cwd, onOutput });
    return { ...end, output: Buffer.concat(chunks).toString('utf8') };
  };

const SUBMODULE = Buffer.from('160000 ');

/** Counts the entries of the index as they come: a hostile repository has millions. */
async function countFiles(call: CloneCall): Promise<{ files: number; submodules: number }> {
  let files = 0;
  let submodules = 0;
  let head = Buffer.alloc(0);
  const onOutput = (chunk: Buffer): void => {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(0, from);
      const part = chunk.subarray(from, end === -1 ? undefined : end);
      if (head.length < SUBMODULE.length) head = Buffer.concat([head, part.subarray(0, SUBMODULE.length)]);
      if (end === -1) return;
      if (head.subarray(0, SUBMODULE.length).equals(SUBMODULE)) submodules += 1;
      else files += 1;
      head = Buffer.alloc(0);
      from = end + 1;
    }
  };
  await runGit(['ls-files', '--stage', '-z'], { ...call, cwd: call.folder, onOutput });
  return { files, submodules };
}

/** Fetches the files that LFS stores elsewhere, if they are small enough; null if the repository has none. */
async function fetchLargeFiles(call: CloneCall): Promise<LargeFiles | { failed: string | null } | null> {
  const git = gitIn(call);
  const pointers = await git(['grep', '--no-color', '-h', '-E', '^size [0-9]{1,15}$', '--', ':(attr:filter=lfs)']);
  const sizes = [...pointers.output.matchAll(/^size (\d{1,15})$/gm)].map(([, bytes]) => Number(bytes));
  if (sizes.length === 0) return null;
  const found = { files: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
  const isSmall = found.bytes <= LFS_MAX_BYTES;
  // Above the bound, later changes of the branch leave pointers too.
  const installed = await git(['lfs', 'install', '--local', ...(isSmall ? [] : ['--skip-smudge'])]);
  if (installed.code !== 0) return { ...found, state: 'no-program' };
  if (!isSmall) return { ...found, state: 'left' };
  call.say(`Fetching ${found.files} large files`);
  const { GIT_LFS_SKIP_SMUDGE: _, ...env } = call.env;
  const pulled = await runGit(['lfs', 'pull'], { ...call, env, cwd: call.folder });
  if (pulled.code === null) return { failed: null };
  return { ...found, state: pulled.code === 0 ? 'fetched' : 'left' };
}
