import * as z from 'zod/mini';

// Refusals between the two sides: every code of a machine, with its HTTP status and whether the same request may
// succeed later. The retry policy reads this table, never a message. A new code doesn't compile until it is mapped.

export const ErrorCode = z.enum([
  'unauthorized',
  'unsupported_version',
  'invalid_request',
  'too_large',
  'unknown_attempt',
  'attempt_over',
  'conversation_busy',
  'unknown_request',
  'unknown_file',
  'unknown_session',
  'unknown_project',
  'refused_file',
  'other_journal',
  'no_space',
  'shutting_down',
  'internal',
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

export const ERRORS: Record<
  ErrorCode,
  { status: 400 | 401 | 404 | 409 | 413 | 422 | 426 | 500 | 503 | 507; retryable: boolean }
> = {
  unauthorized: { status: 401, retryable: false },
  unsupported_version: { status: 426, retryable: false },
  invalid_request: { status: 400, retryable: false },
  too_large: { status: 413, retryable: false },
  unknown_attempt: { status: 404, retryable: false },
  /** The attempt has journalled `ending` or `ended`; the message waits for the next turn. */
  attempt_over: { status: 409, retryable: false },
  /** Another attempt of the same conversation is still running. */
  conversation_busy: { status: 409, retryable: true },
  /** No request with this id ever waited for an answer. */
  unknown_request: { status: 404, retryable: false },
  /** A message names a file that the machine doesn't have: send the file, then ask again. */
  unknown_file: { status: 409, retryable: true },
  unknown_session: { status: 404, retryable: false },
  unknown_project: { status: 404, retryable: false },
  /** The machine never accepts this file or archive. */
  refused_file: { status: 422, retryable: false },
  /** The request was for a machine with another journal (`Roost-Expect-Journal`): restore what this one lost first. */
  other_journal: { status: 409, retryable: true },
  no_space: { status: 507, retryable: true },
  /** The machine has been told to stop and takes no new work. */
  shutting_down: { status: 503, retryable: true },
  internal: { status: 500, retryable: true },
};

/** Body of every answer ≥ 400. `message` is a sentence that says what to do. */
export const ErrorBody = z.object({
  error: z.object({ code: ErrorCode, message: z.string().check(z.maxLength(2000)) }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

/**
 * The answer of the relay's model gateway to an attempt that has used up its requests. The machine recognises these
 * words.
 */
export const MODEL_USED_UP = 'This turn has reached its limit of model requests.';
