import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { asAgent } from './agent-user.ts';

// Finds out by trying whether the agent's commands can be confined on this system. Keeps nothing.

const run = promisify(execFile);
const BOUND_MS = 10_000;

export type Sandbox = { works: true } | { works: false; reason: string };

/** What Claude Code uses to confine commands: bubblewrap and socat on Linux, seatbelt on macOS. */
export async function probeSandbox(env: Record<string, string | undefined>): Promise<Sandbox> {
  if (process.platform === 'darwin') {
    return tried(env, 'sandbox-exec', ['-p', '(version 1)(allow default)', '/usr/bin/true']);
  }
  if (process.platform !== 'linux') return { works: false, reason: 'there is none for this system' };
  const everything = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'];
  const confined = await tried(env, 'bwrap', [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-net',
    ...everything,
    'true',
  ]);
  return confined.works ? tried(env, 'socat', ['-V']) : confined;
}

async function tried(env: Record<string, string | undefined>, command: string, args: string[]): Promise<Sandbox> {
  try {
    await run(...asAgent(command, args), { env, timeout: BOUND_MS });
    return { works: true };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { works: false, reason: `${PACKAGES[command] ?? command} is not installed` };
    return { works: false, reason: `${command} isn’t allowed to create one here` };
  }
}

const PACKAGES: Record<string, string> = { bwrap: 'bubblewrap' };
