import { may } from '../access.ts';
import type { GitHost } from '../host.ts';
import type { Repository, Token } from '../records.ts';

// Accepts or refuses each ref of a push. Refusals are the words that git shows behind "[remote rejected]".

export type Command = { old: string; new: string; ref: string };
export type Verdict = { ref: string; refused: string | null };

export const NOTHING = '0'.repeat(40);

export function readCommands(lines: readonly string[]): Command[] {
  return lines.map((line) => {
    const [old = '', next = '', ref = ''] = line.split(' ');
    return { old, new: next, ref };
  });
}

export async function judgePush(
  host: GitHost,
  repository: Repository,
  token: Token,
  commands: readonly Command[],
): Promise<Verdict[]> {
  return Promise.all(
    commands.map(async (command) => ({
      ref: command.ref,
      refused: await refusal(host, repository, token, command),
    })),
  );
}

async function refusal(
  host: GitHost,
  repository: Repository,
  token: Token,
  { old, new: next, ref }: Command,
): Promise<string | null> {
  if (ref.startsWith('refs/pull/')) return 'deny updating a hidden ref';
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (branch === repository.defaultBranch && next === NOTHING) return `refusing to delete the current branch: ${ref}`;
  const protection = repository.protections.find((one) => one.branch === branch);
  const folder = host.store.bareFolder(repository);
  if (protection && old !== NOTHING) {
    const forced = next === NOTHING || !(await isAncestor(host, folder, old, next));
    if (forced || protection.requiresPull) return 'protected branch hook declined';
  }
  if (next === NOTHING || may(host.store, token, repository, { permission: 'workflows', level: 'write' })) return null;
  const path = await changedWorkflow(host, folder, next);
  return path === null ? null : withoutWorkflows(token, path);
}

const isAncestor = async (host: GitHost, folder: string, old: string, next: string): Promise<boolean> =>
  (await host.git.maybe(folder, ['merge-base', '--is-ancestor', old, next])) !== null;

/** The path of a workflow file that a new commit changes, or null. */
async function changedWorkflow(host: GitHost, folder: string, next: string): Promise<string | null> {
  const log = ['log', '--format=', '--name-only', next, '--not', '--branches', '--tags', '--', '.github/workflows'];
  const paths = await host.git.maybe(folder, log);
  return paths?.split('\n').find(Boolean) ?? null;
}

export function withoutWorkflows({ kind }: Token, path: string): string {
  if (kind === 'installation' || kind === 'user')
    return `refusing to allow a GitHub App to create or update workflow \`${path}\` without \`workflows\` permission`;
  const what = kind === 'oauth' ? 'an OAuth App' : 'a Personal Access Token';
  return `refusing to allow ${what} to create or update workflow \`${path}\` without \`workflow\` scope`;
}
