import type { ErrorCode } from '../../src/protocol/index.ts';

/** A refusal the caller is told about; the message says what to do. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
