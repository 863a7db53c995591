import { systemCodeOf } from '../refusal.ts';

// Why an agent process ended, in our own words: reasons go into logs and on the operator's page, and the SDK's messages
// may quote what the agent said.

const KIND = /^error_[a-z_]{1,40}$/;

/** `kind`: the subtype of the agent's last result, null when that was no error. */
export type Ending = {
  error: unknown;
  kind: string | null;
  child: { exitCode: number | null; signalCode: string | null } | undefined;
};

export function reasonOfEnding({ error, kind, child }: Ending): string {
  if (child === undefined) return `the agent process did not start${inBrackets([systemCodeOf(error)])}`;
  const { exitCode, signalCode } = child;
  const how = exitCode === null ? signalCode : `exit code ${exitCode}`;
  if (error === null) return 'the agent process ended';
  if (kind === null) return `the agent process failed${inBrackets([systemCodeOf(error), how])}`;
  return `the agent process ended after an error${inBrackets([KIND.test(kind) ? kind : null, how])}`;
}

function inBrackets(parts: readonly (string | null)[]): string {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}
