import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { killMarked, signalMarked } from '../../vm/src/process/process-tree.ts';

// The program of one machine as a process in its own group: starts, watches and ends it. lifecycle.ts decides what that
// means for the machine.

export type Exit = { code: number; signal: NodeJS.Signals | null };
export type Command = { command: string; args: readonly string[]; cwd: string; env: Record<string, string> };

export type MachineProcess = {
  port: number;
  exited: Promise<Exit>;
  hasExited(): boolean;
  /** The program has accepted a connection. */
  isListening(): boolean;
  /** Signals the program alone, as an init does. */
  signal(name: NodeJS.Signals): void;
  /** Kills every process of the machine. */
  kill(): void;
  /** Freezes the whole machine, or lets it continue. */
  freeze(on: boolean): void;
  /** The program's last lines of output. */
  output: string[];
};

const LINES_KEPT = 500;
const ASK_AGAIN_MS = 40;

/** `marks`: strings in the environment of every process that belongs to the machine, whatever its group. */
export function startProcess(
  { command, args, cwd, env }: Command,
  port: number,
  marks: readonly string[],
  heard: { line(line: string): void; listening(): void },
): MachineProcess {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  const output: string[] = [];
  let end: Exit | null = null;
  let listening = false;

  const note = (line: string): void => {
    output.push(line);
    if (output.length > LINES_KEPT) output.shift();
    heard.line(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', note);
  const group = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group has no processes left.
    }
  };
  const ended = (exit: Exit): void => {
    if (end) return;
    end = exit;
    listening = false;
    // A stopped machine runs nothing: neither the rest of its program's group nor groups its program started.
    group('SIGKILL');
    for (const mark of marks) killMarked(mark);
    resolve(exit);
  };
  child.once('error', (error) => {
    note(error.message);
    ended({ code: 127, signal: null });
  });
  child.once('exit', (code, signal) => ended({ code: code ?? 137, signal }));

  const knock = (): void => {
    if (end) return;
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      if (end) return;
      listening = true;
      heard.listening();
    });
    socket.once('error', () => {
      socket.destroy();
      setTimeout(knock, ASK_AGAIN_MS);
    });
  };
  knock();

  return {
    port,
    exited,
    hasExited: () => end !== null,
    isListening: () => listening,
    signal: (name) => void (end === null && child.kill(name)),
    kill: () => {
      if (end === null) group('SIGKILL');
    },
    freeze: (on) => {
      if (end !== null) return;
      const signal = on ? 'SIGSTOP' : 'SIGCONT';
      group(signal);
      for (const mark of marks) signalMarked(mark, signal);
    },
    output,
  };
}
