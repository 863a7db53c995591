import { createHash } from 'node:crypto';
import { DIFF_MAX_BYTES, type WorkDiff } from '../../../src/protocol/index.ts';
import { reasonIn } from './clone-progress.ts';
import { toVariables } from './git-settings.ts';
import { type GitCall, type GitEnd, runGit } from './run-git.ts';

// Compares a project's files with where its branch left the default branch. The agent wrote the project's git folder:
// only names of commits are read from it, and everything else happens in a git folder of our own that shares its objects.
// So no setting, hook, filter or hidden entry of the index counts. Keeps nothing.

/** Larger files are named without their content. */
const FILE_MAX = '2m';
/** Most bytes of the names of new files; the rest counts as cut. */
const NAMES_MAX = 4 * 2 ** 20;
/** Most bytes of what git says of commits. */
const WORDS_MAX = 64 * 1024;
const SLASH = '/'.charCodeAt(0);
const BRANCH_CHARS = 300;
const USUAL_NAMES = ['main', 'master', 'trunk', 'develop', 'development'];
/** A checkout's copy has the checkout as a remote of its own. */
const DEFAULTS = [
  ...['refs/remotes/origin/HEAD', 'refs/remotes/checkout/HEAD'],
  ...USUAL_NAMES.map((name) => `refs/remotes/origin/${name}`),
  ...USUAL_NAMES.map((name) => `refs/heads/${name}`),
];

export type DiffCall = Omit<GitCall, 'cwd' | 'onLine' | 'onOutput'> & {
  project: string;
  /** Empty; for the git folder of our own. */
  folder: string;
};

/** `failed`: git's reason, for the person; null when it was ended. */
type Failed = { failed: string | null };

/** none: nothing differs from `against`. */
export type Compared = WorkDiff | { none: true; against: string | null } | Failed;

export async function compareWork(given: DiffCall): Promise<Compared> {
  const call = { ...given, env: { ...given.env, ...SAFE(given.env) } };
  const at = await findCommits(call);
  if ('failed' in at) return at;
  const { folder, project } = call;
  const made = await git(call, ['init', '--quiet', '--bare', '--template=', `--object-format=${at.format}`, folder]);
  if (made.code !== 0) return failure(made);
  const objects = { GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(`${project}/.git/objects`) };
  const own = { ...call, env: { ...call.env, ...objects, GIT_DIR: folder, GIT_WORK_TREE: project } };
  if (at.head !== null) {
    const read = await git(own, ['read-tree', at.head]);
    if (read.code !== 0) return failure(read);
    await git(own, ['update-index', '-q', '--refresh']);
  }
  const listed = await git(own, ['ls-files', '--others', '--exclude-standard', '-z'], NAMES_MAX);
  const isIn = await git({ ...own, input: entriesOf(listed.bytes, at.format) }, ['update-index', '-z', '--index-info']);
  if (isIn.code !== 0) return failure(isIn);
  const base = at.base ?? idOf('tree', at.format);
  const diff = await git(own, ['diff', ...PLAIN, base, '--'], DIFF_MAX_BYTES);
  if (diff.code !== 0 && !diff.isCut) return failure(diff);
  const patch = diff.bytes.toString('utf8');
  if (patch === '') return { none: true, against: at.against };
  const whole = diff.isCut ? patch.slice(0, patch.lastIndexOf('\n') + 1) || patch : patch;
  return { patch: whole, is_cut: diff.isCut || listed.isCut, against: at.against };
}

/**
 * New files as entries of the index, so that they are compared as well. `git add` would run git in a submodule, whose
 * settings are the agent's. A name that ends with a slash is a repository in the project.
 */
function entriesOf(names: Buffer, format: string): Buffer {
  const entries: Buffer[] = [];
  const empty = idOf('blob', format);
  for (let from = 0, end = names.indexOf(0); end !== -1; from = end + 1, end = names.indexOf(0, from)) {
    const isFolder = names[end - 1] === SLASH;
    const name = names.subarray(from, isFolder ? end - 1 : end);
    entries.push(Buffer.from(`${isFolder ? '160000' : '100644'} ${empty}\t`), name, Buffer.of(0));
  }
  return Buffer.concat(entries);
}

/** The id of what is empty. */
const idOf = (kind: 'blob' | 'tree', format: string): string =>
  createHash(format === 'sha256' ? 'sha256' : 'sha1')
    .update(`${kind} 0\0`)
    .digest('hex');

const PLAIN = [
  ...['--no-ext-diff', '--no-textconv', '--no-color', '--ignore-submodules=dirty', '--find-renames', '-l400'],
  ...['--src-prefix=a/', '--dst-prefix=b/'],
];

/**
 * git asks nobody for what is missing, knows no filter but that of LFS, which is a program of the system, and reads no
 * list of attributes or ignored files in the agent's home.
 */
const SAFE = (env: Record<string, string>): Record<string, string> => ({
  ...toVariables(
    [
      ['core.bigFileThreshold', FILE_MAX],
      ['core.hooksPath', '/dev/null'],
      ['core.attributesFile', '/dev/null'],
      ['core.excludesFile', '/dev/null'],
      ['filter.lfs.clean', 'git-lfs clean -- %f'],
      ['filter.lfs.process', 'git-lfs filter-process'],
      ['protocol.allow', 'never'],
    ],
    Number(env.GIT_CONFIG_COUNT ?? 0),
  ),
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
});

/** `base`: null before the first commit. `against`: the branch it is compared with, null for the last commit. */
type Commits = { format: string; head: string | null; base: string | null; against: string | null };

async function findCommits(call: DiffCall): Promise<Commits | Failed> {
  const named = { ...call, env: { ...call.env, GIT_DIR: `${call.project}/.git` } };
  const format = await git(named, ['rev-parse', '--show-object-format']);
  if (format.code !== 0) return failure(format);
  const first = { format: wordsIn(format), against: null };
  const read = await git(named, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  if (read.code === null) return failure(read);
  const head = read.code === 0 ? wordsIn(read) : null;
  if (head === null) return { ...first, head, base: null };
  const listed = await git(named, ['for-each-ref', '--format=%(objectname) %(refname) %(symref)', ...DEFAULTS]);
  const branches = wordsIn(listed)
    .split('\n')
    .map((line) => line.split(' '));
  for (const wanted of DEFAULTS) {
    const [commit, name = '', leads = ''] = branches.find(([, each]) => each === wanted) ?? [];
    if (commit === undefined) continue;
    const base = await git(named, ['merge-base', head, commit]);
    if (base.code === null) return failure(base);
    if (base.code !== 0) continue;
    const isItself = commit === head && name.startsWith('refs/heads/');
    const branch = (leads || name).replace(/^refs\/(?:heads|remotes\/[^/]+)\//, '');
    return { ...first, head, base: wordsIn(base), against: isItself ? null : branch.slice(0, BRANCH_CHARS) };
  }
  return { ...first, head, base: head };
}

const failure = ({ code, lines }: GitEnd): Failed => ({ failed: code === null ? null : reasonIn(lines) });

/** Runs git, and ends it when it has written more than `most` bytes. */
async function git(
  call: DiffCall & { input?: Buffer },
  args: readonly string[],
  most = WORDS_MAX,
): Promise<GitEnd & { bytes: Buffer; isCut: boolean }> {
  const chunks: Buffer[] = [];
  const full = new AbortController();
  let room = most;
  const onOutput = (chunk: Buffer): void => {
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
    if (room < 0) full.abort();
  };
  const abort = AbortSignal.any([call.abort, full.signal]);
  const end = await runGit(args, { ...call, cwd: call.project, abort, onOutput });
  return { ...end, bytes: Buffer.concat(chunks), isCut: room < 0 };
}

const wordsIn = ({ bytes }: { bytes: Buffer }): string => bytes.toString('utf8').trim();
