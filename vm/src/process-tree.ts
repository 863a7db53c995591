import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

// Starting and ending the agent's processes. The agent is the leader of its own group, but each of its shells leads
// another; what belongs to it is therefore also found by a mark in the environment (Linux). Nothing survives a restart.

/** Starts `command` as the leader of a new process group. */
export function startGroup(
  command: string,
  args: readonly string[],
  options: { cwd?: string | undefined; env: Record<string, string | undefined> },
): ChildProcess {
  return spawn(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
}

/** Asks the group to end, waits `graceMs`, then kills the group and everything that carries `mark`. */
export async function endGroup(child: ChildProcess, mark: string, graceMs: number): Promise<void> {
  // Of a leader that ended earlier the number may belong to somebody else by now.
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    signalGroup(child.pid, 'SIGTERM');
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceMs);
    child.once('exit', () => resolve());
    await promise;
    clearTimeout(timer);
    signalGroup(child.pid, 'SIGKILL');
  }
  killMarked(mark);
}

/** Kills every process whose environment holds a variable that starts with `mark` (`NAME=value`). Linux only. */
export function killMarked(mark: string): number {
  let killed = 0;
  for (const pid of numericEntries('/proc')) {
    if (pid === process.pid || !carries(pid, mark)) continue;
    try {
      process.kill(pid, 'SIGKILL');
      killed += 1;
    } catch {
      // It ended by itself in between.
    }
  }
  return killed;
}

/** Bytes of memory held by every process that carries `mark`; 0 where that cannot be told. Linux only. */
export function memoryOf(mark: string): number {
  let kilobytes = 0;
  for (const pid of numericEntries('/proc')) {
    if (!carries(pid, mark)) continue;
    try {
      kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // It ended by itself in between.
    }
  }
  return kilobytes * 1024;
}

function carries(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .some((variable) => variable.startsWith(mark));
  } catch {
    return false;
  }
}

function numericEntries(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
