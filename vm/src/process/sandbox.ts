import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toAgentCommand } from './agent-user.ts';

// Whether agents ask for consent on this machine, and a trial of whether their commands can be confined. Keeps nothing.

const run = promisify(execFile);
const BOUND_MS = 10_000;

/** `programs`: whether a project's own programs can be confined too, which needs a newer bubblewrap than commands. */
export type Sandbox = { works: true; programs: boolean } | { works: false; reason: string };
type Tried = { works: true } | { works: false; reason: string };

/** Tries the tools with which Claude Code confines commands: bubblewrap and socat on Linux, seatbelt on macOS. */
export async function probeSandbox(env: Record<string, string | undefined>): Promise<Sandbox> {
  if (process.platform === 'darwin') {
    const usable = await tried(env, 'sandbox-exec', ['-p', '(version 1)(allow default)', '/usr/bin/true']);
    return usable.works ? { works: true, programs: false } : usable;
  }
  if (process.platform !== 'linux') return { works: false, reason: 'there is none for this system' };
  const everything = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'];
  const namespaces = ['--unshare-user', '--unshare-pid', '--unshare-net'];
  const confine = (...more: string[]): Promise<Tried> =>
    tried(env, 'bwrap', [...namespaces, ...everything, ...more, 'true']);
  for (const needed of [await confine(), await tried(env, 'socat', ['-V'])]) if (!needed.works) return needed;
  return { works: true, programs: (await confine('--disable-userns')).works };
}

async function tried(env: Record<string, string | undefined>, command: string, args: string[]): Promise<Tried> {
  try {
    await run(...toAgentCommand(command, args), { env, timeout: BOUND_MS });
    return { works: true };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { works: false, reason: `${PACKAGES[command] ?? command} is not installed` };
    return { works: false, reason: `${command} isn’t allowed to create one here` };
  }
}

const PACKAGES: Record<string, string> = { bwrap: 'bubblewrap' };

export type ApprovalPolicy =
  | { approvals: 'auto' }
  | {
      approvals: 'ask';
      isSandboxed: boolean;
      /** Whether the sandbox can confine a project's own programs; if not, they don't start. */
      confinesPrograms: boolean;
      /** Folders and files no agent may read: the person's own, and other conversations'. */
      privatePaths: readonly string[];
      /** Addresses (`host:port`) that the product itself needs inside the sandbox; they need no consent. */
      ownAddresses: readonly string[];
      /** Port of the connect proxy, which needs no consent either; null if there is none. */
      connectPort: number | null;
      /** Folders that the sandbox shows to every command. */
      shownPaths: readonly string[];
    };
