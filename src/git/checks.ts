// The checks of a commit, as people are told of them.

export type Check = { name: string; state: 'passed' | 'failed' | 'running' | 'skipped'; url: string | null };

/** `isWhole`: false when the account may not read them all. */
export type Checks = { list: readonly Check[]; isWhole: boolean };

export const countChecks = (checks: readonly Check[], state: Check['state']): number =>
  checks.filter((check) => check.state === state).length;
