import { systemCodeOf } from '../refusal.ts';

/** Why an attempt could not go on, without the error's message, which may name the project and its files. */
export function reasonOfFailure(error: unknown): string {
  const code = systemCodeOf(error);
  return code === null ? 'the attempt could not go on' : `the attempt could not go on (${code})`;
}
