import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { confineCheck } from '../../process/confined-command.ts';
import { endGroup, memoryOf, startGroup } from '../../process/process-tree.ts';
import type { ApprovalPolicy } from '../../process/sandbox.ts';
import { makeCommandEnvironment } from '../../workspace/environment.ts';
import { prepareProject } from '../../workspace/project-folder.ts';
import { workspaceOf } from '../../workspace/workspace.ts';
import { describeFailedSetup, projectSetupOf, SETUP_FILE } from '../project-setup.ts';
import type { Ran } from './result.ts';

// Runs the commands that precede an agent: in the project, in a process group that ends with them, bounded in time and
// output. Keeps nothing; one that is still running when the machine dies is cleaned up like an agent.

/** The newest output is kept: the last line is in it. */
const OUTPUT_KEPT = 64 * 1024;
const END_GRACE_MS = 1000;
/** For what others have still to write when the command itself has ended. */
const READ_GRACE_MS = 300;
/** As a shell says it. */
const NOT_FOUND = 127;

export type PreChecksSetup = {
  dataDir: string;
  consent: ApprovalPolicy;
  boundMs: number;
  /** For a project's own setup, where it is run: on a machine of the agent's own, never on somebody's computer. */
  setup?: { image: string; boundMs: number };
};
export type CheckScope = { conversation: string; attempt: string; project: string };

export class PreChecks {
  readonly #setup: PreChecksSetup;

  constructor(setup: PreChecksSetup) {
    this.#setup = setup;
  }

  /** Runs the command to its end, its time or the abort; then nothing of it is left. */
  async run(
    { conversation, attempt, project }: CheckScope,
    command: string,
    abort: AbortSignal,
    boundMs = this.#setup.boundMs,
  ): Promise<Ran> {
    const { dataDir, consent } = this.#setup;
    const place = workspaceOf(dataDir, conversation);
    const cwd = prepareProject(place, project);
    const [program, ...args] = confineCheck(['bash', '-c', command], consent, [cwd, place.home]);
    const [name, value] = markOf(attempt);
    const env = { ...makeCommandEnvironment(process.env, place), [name]: value };
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
   * Sets the project up if that is due; what the agent is to know of it, or null. `isNew`: it begins a session, and knows
   * nothing of earlier tries. `begins` is called before it runs.
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

  /** Bytes of memory that the command of an attempt and everything it started hold. */
  memory(attempt: string): number {
    return memoryOf(markOf(attempt).join('='));
  }
}

const markOf = (attempt: string): [name: string, value: string] => ['ROOST_CHECK', attempt];

/** The exit code once it has ended and nobody writes any more; null when it was ended. */
async function endOf(child: ChildProcess, closed: Promise<unknown>, bound: AbortSignal): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('error', () => resolve(NOT_FOUND));
  child.once('exit', (code) => void Promise.race([closed, setTimeout(READ_GRACE_MS)]).then(() => resolve(code)));
  bound.addEventListener('abort', () => resolve(null), { once: true });
  if (bound.aborted) resolve(null);
  return promise;
}

/** Reads all that is written and keeps the newest of it. */
function newestOf(child: ChildProcess): () => string {
  let kept = Buffer.alloc(0);
  child.stdin?.end();
  child.stderr?.resume();
  child.stdout?.on('data', (data: Buffer) => {
    kept = Buffer.concat([kept, data]).subarray(-OUTPUT_KEPT);
  });
  return () => kept.toString('utf8');
}
