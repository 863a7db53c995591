import { dirname, join } from 'node:path';
import { endGroup, startGroup } from '../process/process-tree.ts';
import { systemFoldersOf } from '../process/system-path.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { toVariables } from './git-settings.ts';

// Runs git for the server itself, in a folder whose content somebody else chose: as the agent's user, with nobody's
// settings but ours, and with no program that a repository or an agent could name. Keeps nothing.

/** Most characters of a line that is read, and lines that are kept to tell why git failed. */
const LINE_MAX = 4000;
const LINES_KEPT = 30;
const END_GRACE_MS = 2000;

/** `code`: null when git was ended. `lines`: the last of what it said. */
export type GitEnd = { code: number | null; lines: string[] };
export type GitCall = {
  cwd: string;
  env: Record<string, string>;
  /** A variable, `NAME=value`, by which the process and all it starts are found. */
  mark: string;
  /** Puts the sandbox around the command, if there is one. */
  confine: (command: readonly [string, ...string[]]) => readonly [string, ...string[]];
  abort: AbortSignal;
  /** Gets each line that git tells its user, and each repetition of one. */
  onLine?: (line: string) => void;
  onOutput?: (chunk: Buffer) => void;
  input?: Buffer;
};

/** `repository`: the variables that lead to it (git-settings.ts), to which ours are added. */
export function makeGitEnvironment(workspace: Workspace, repository: Record<string, string>): Record<string, string> {
  const count = Number(repository.GIT_CONFIG_COUNT ?? 0);
  const own = toVariables(
    [
      ['core.fsmonitor', 'false'],
      ['maintenance.auto', 'false'],
      ['gc.auto', '0'],
      ['core.protectNTFS', 'true'],
      ['core.protectHFS', 'true'],
      ['advice.detachedHead', 'false'],
    ],
    count,
  );
  return {
    ...repository,
    ...own,
    PATH: systemFoldersOf(process.env).join(':'),
    HOME: workspace.home,
    // By this, the next start finds a git that a killed server left behind. It isn't the mark of the conversation's own
    // agents, because the end of one takes all that carry it along.
    CLAUDE_CONFIG_DIR: join(dirname(workspace.config), 'git'),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_CEILING_DIRECTORIES: workspace.projects,
  };
}

export async function runGit(args: readonly string[], call: GitCall): Promise<GitEnd> {
  const { cwd, env, mark, confine, abort, input, onLine = () => {}, onOutput = () => {} } = call;
  const [program, ...given] = confine(['git', ...args]);
  const [name = '', value = ''] = mark.split('=');
  const child = startGroup(program, given, { cwd, env: { ...env, [name]: value }, mark });
  const lines: string[] = [];
  const closed = Promise.withResolvers<number | null>();
  child.once('error', () => closed.resolve(null));
  child.once('close', (code) => closed.resolve(code));
  // git may end before it has read everything.
  child.stdin?.on('error', () => {}).end(input);
  child.stdout?.on('data', onOutput);
  let unfinished = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = `${unfinished}${chunk}`.split(/[\r\n]+/);
    unfinished = (parts.pop() ?? '').slice(-LINE_MAX);
    for (const line of parts.map((part) => part.slice(0, LINE_MAX).trimEnd()).filter(Boolean)) {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
      onLine(line);
    }
  });
  const onAbort = (): void => void endGroup(child, mark, END_GRACE_MS);
  abort.addEventListener('abort', onAbort, { once: true });
  if (abort.aborted) onAbort();
  const code = await closed.promise;
  abort.removeEventListener('abort', onAbort);
  await endGroup(child, mark, END_GRACE_MS);
  return { code: abort.aborted ? null : code, lines: unfinished === '' ? lines : [...lines, unfinished] };
}
