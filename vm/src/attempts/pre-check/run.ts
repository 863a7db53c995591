import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { confineCheck } from '../../process/confined-command.ts';
import { endGroup, memoryOf, startGroup } from '../../process/process-tree.ts';
import type { ApprovalPolicy } from '../../process/sandbox.ts';
import type { Repositories } from '../../repository/repositories.ts';
import { makeCommandEnvironment } from '../../workspace/environment.ts';
import { prepareProject } from '../../workspace/project-folder.ts';
import { workspaceOf } from '../../workspace/workspace.ts';
import { describeFailedSetup, projectSetupOf, SETUP_FILE } from '../project-setup.ts';
import type { Ran } from './result.ts';

// Runs the commands that precede an agent: in the project, in a process group of their own, bounded in time and output.
// Keeps nothing. If the machine dies, the next start kills a command that still runs, as it kills agents.

/** Only the end of the output is kept: it contains the last line. */
const OUTPUT_KEPT = 64 * 1024;
const END_GRACE_MS = 1000;
/** Time for the command's own processes to finish writing after the command has ended. */
const READ_GRACE_MS = 300;
/** The exit code of a shell for a missing command. */
const NOT_FOUND = 127;

export type PreChecksSetup = {
  dataDir: string;
  policy: ApprovalPolicy;
  boundMs: number;
  /** For a project's setup.sh, which runs only on a machine of the agent's own, never on somebody's computer. */
  setup?: { image: string; boundMs: number };
  /** Which projects have a repository. */
  repositories?: Repositories;
};
export type CheckScope = { conversation: string; attempt: string; project: string };

export class PreChecks {
  readonly #setup: PreChecksSetup;

  constructor(setup: PreChecksSetup) {
    this.#setup = setup;
  }

  /** Runs the command until it ends, its time is up or `abort`; then kills all its processes. */
  async run(
    { conversation, attempt, project }: CheckScope,
    command: string,
    abort: AbortSignal,
    boundMs = this.#setup.boundMs,
  ): Promise<Ran> {
    const { dataDir, policy, repositories } = this.#setup;
    const workspace = workspaceOf(dataDir, conversation);
    const cwd = prepareProject(workspace, project);
    const [program, ...args] = confineCheck(['bash', '-c', command], policy, [cwd, workspace.home]);
    const [name, value] = markOf(attempt);
    const repository = repositories?.environmentFor({ conversation, project });
    const env = { ...makeCommandEnvironment(process.env, workspace), ...repository, [name]: value };
    const child = startGroup(program, args, { cwd, env, mark: `${name}=${value}` });
    const closed = once(child, 'close').catch(() => {});
    const output = newestOf(child);
    const bound = AbortSignal.timeout(boundMs);
    const code = await endOf(child, closed, AbortSignal.any([abort, bound]));
    const isLate = code === null && bound.aborted;
    await endGroup(child, `${name}=${value}`, END_GRACE_MS);
    await Promise.race([closed, setTimeout(READ_GRACE_MS)]);
    return { code, output: output(), isLate };
  }

  /**
   * Runs the project's setup if it is due. Returns a note for the agent, or null. `isNew`: the agent begins a session
   * and knows nothing of earlier tries. `begins` is called before the setup runs.
   */
  async setUp(scope: CheckScope, isNew: boolean, abort: AbortSignal, begins: () => void): Promise<string | null> {
    const { dataDir, setup } = this.#setup;
    if (!setup) return null;
    const due = projectSetupOf(dataDir, scope, setup.image);
    if (due.kind !== 'due') return due.kind === 'resting' && isNew ? due.note : null;
    due.begun();
    begins();
    const ran = await this.run(scope, `bash ${SETUP_FILE} 2>&1`, abort, setup.boundMs);
    if (ran.code === 0) due.done();
    return ran.code === 0 || abort.aborted ? null : describeFailedSetup(ran);
  }

  isSetupDue(scope: Omit<CheckScope, 'attempt'>): boolean {
    const { dataDir, setup } = this.#setup;
    return setup !== undefined && projectSetupOf(dataDir, scope, setup.image).kind === 'due';
  }

  /** Memory of the attempt's command and everything it started, in bytes. */
  memory(attempt: string): number {
    return memoryOf(markOf(attempt).join('='));
  }
}

const markOf = (attempt: string): [name: string, value: string] => ['ROOST_CHECK', attempt];

/** The exit code once the command has ended and its output is closed; null when it was aborted. */
async function endOf(child: ChildProcess, closed: Promise<unknown>, bound: AbortSignal): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('error', () => resolve(NOT_FOUND));
  child.once('exit', (code) => void Promise.race([closed, setTimeout(READ_GRACE_MS)]).then(() => resolve(code)));
  bound.addEventListener('abort', () => resolve(null), { once: true });
  if (bound.aborted) resolve(null);
  return promise;
}

/** Reads the whole output and keeps its end. */
function newestOf(child: ChildProcess): () => string {
  let kept = Buffer.alloc(0);
  child.stdin?.end();
  child.stderr?.resume();
  child.stdout?.on('data', (data: Buffer) => {
    kept = Buffer.concat([kept, data]).subarray(-OUTPUT_KEPT);
  });
  return () => kept.toString('utf8');
}
