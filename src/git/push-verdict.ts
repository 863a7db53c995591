import type { GitPermission } from './permissions.ts';
import { isZero, type PushCommand } from './push-commands.ts';

// Whether a push may go on. A push names the old and the new commit of each ref, but not whether the new one contains
// the old one, so nobody can tell here whether it rewrites history. The agent may therefore change a branch only where
// there is nothing of others to lose: a new branch, or a branch whose newest commit it pushed itself. Tags don't move.

/** `own`: the newest commit that this project's agent pushed to each ref. */
export type PushRules = {
  defaultBranch: string | null;
  permissions: readonly GitPermission[];
  own: Readonly<Record<string, string>>;
};

/** `namespace`: neither a branch nor a tag; no permission helps. */
export type PushRefusal = { ref: string; needs: GitPermission | 'namespace' };

/** The default branch of a repository whose host didn't say which one it is. */
const USUAL_DEFAULTS: readonly string[] = ['main', 'master', 'trunk', 'develop', 'development'];

/** Null: each command is allowed. Else the first one that isn't. */
export function judgePush(commands: readonly PushCommand[], rules: PushRules): PushRefusal | null {
  for (const command of commands) {
    const needs = needsOf(command, rules);
    const missing = needs.find((each) => each === 'namespace' || !rules.permissions.includes(each));
    if (missing !== undefined) return { ref: command.ref, needs: missing };
  }
  return null;
}

function needsOf({ ref, old, new: next }: PushCommand, rules: PushRules): PushRefusal['needs'][] {
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null;
  if (branch === null && !ref.startsWith('refs/tags/')) return ['namespace'];
  const isDefault = branch !== null && isDefaultBranch(branch, rules.defaultBranch);
  if (isZero(next)) return isDefault ? ['push-default', 'delete'] : ['delete'];
  if (isDefault) return ['push-default'];
  const isOwn = branch !== null && Object.hasOwn(rules.own, ref) && rules.own[ref] === old;
  return isZero(old) || isOwn ? [] : ['force'];
}

const isDefaultBranch = (branch: string, named: string | null): boolean =>
  named === null ? USUAL_DEFAULTS.includes(branch) : branch === named;
