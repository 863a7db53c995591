import type { ErrorCode } from '../../src/protocol/index.ts';

/** A refused request; the message tells the caller what to do. */
export class RequestRefusal extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const FULL = 'The disk of this machine is full. Free some space, then ask again.';

/** The refusal for any error, in words for the caller. */
export function toRefusal(error: Error): RequestRefusal {
  if (error instanceof RequestRefusal) return error;
  return isDiskFull(error)
    ? new RequestRefusal('no_space', FULL)
    : new RequestRefusal('internal', 'Something went wrong on the machine. Try again.');
}

const SQLITE_FULL = 13;

const SYSTEM = new Set(['ENOSPC', 'EDQUOT']);

export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error && error.errcode === SQLITE_FULL) return true;
  return 'code' in error && SYSTEM.has(String(error.code));
}

const CODE = /^E[A-Z0-9]{1,20}$/;

/** `ENOENT` and the like. A message may name files and quote others, so it goes into no reason. */
export function systemCodeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && CODE.test(code) ? code : null;
}
