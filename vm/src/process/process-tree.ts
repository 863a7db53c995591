import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { getAgentUser, groupsOf, toAgentCommand } from './agent-user.ts';

// Starts and ends the agent's processes. The agent leads its own process group, but each of its shells leads another,
// so its processes are also found by a mark (Linux): groups if agents have a user of their own, else an environment
// variable. Keeps nothing.

/** Starts `command` as the agent's user and the leader of a new process group. */
export function startGroup(
  command: string,
  args: readonly string[],
  options: { cwd?: string | undefined; env: Record<string, string | undefined>; mark: string },
): ChildProcess {
  return spawn(...toAgentCommand(command, args, options.mark), {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
}

/** Terminates the group, waits `graceMs`, then kills the group and every process that carries `mark`. */
export async function endGroup(child: ChildProcess, mark: string, graceMs: number): Promise<void> {
  // If the leader has ended, its number may belong to another process.
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

/** Kills the group of a child that still runs. */
export function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    signalGroup(child.pid, 'SIGKILL');
  }
}

/** Kills every process that carries `mark`, or has a variable that starts with it. Linux only. */
export const killMarked = (mark: string): number => signalMarked(mark, 'SIGKILL');

export const signalMarked = (mark: string, signal: NodeJS.Signals): number =>
  signalThose((pid) => carries(pid, mark), signal);

/** Kills all processes of the agent's user. */
export const killAgents = (uid: number): number => signalThose((pid) => idsOf(pid, 'Uid').includes(uid), 'SIGKILL');

function signalThose(isMeant: (pid: number) => boolean, signal: NodeJS.Signals): number {
  let reached = 0;
  for (const pid of numericEntries('/proc')) {
    if (pid === process.pid || !isMeant(pid)) continue;
    try {
      process.kill(pid, signal);
      reached += 1;
    } catch {
      // The process has ended meanwhile.
    }
  }
  return reached;
}

/** Memory of all processes that carry `mark`, in bytes; 0 where the system doesn't tell. Linux only. */
export function memoryOf(mark: string): number {
  let kilobytes = 0;
  for (const pid of numericEntries('/proc')) {
    if (!carries(pid, mark)) continue;
    try {
      kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // The process has ended meanwhile.
    }
  }
  return kilobytes * 1024;
}

/** Whether the process carries the mark, which is a variable, `NAME=value`. */
function carries(pid: number, mark: string): boolean {
  if (getAgentUser()) return groupsOf(mark).every((group) => idsOf(pid, 'Groups').includes(group));
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .some((variable) => variable.startsWith(mark));
  } catch {
    return false;
  }
}

/** A process's user or group numbers, which every process may read. */
function idsOf(pid: number, name: 'Uid' | 'Groups'): number[] {
  try {
    const line = new RegExp(`^${name}:(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
    return line.split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
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
    // The group has already ended.
  }
}
