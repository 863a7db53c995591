import * as z from 'zod';

// What the two sides refuse each other. Every refusal of a machine, with its HTTP status and whether the same request may succeed later. Retry policy reads
// this table and never a message. A new code does not compile until it is mapped.

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
  /** Nobody waits for that answer, and nobody did. */
  unknown_request: { status: 404, retryable: false },
  /** A message names a file the machine was not given: give it, then ask again. */
  unknown_file: { status: 409, retryable: true },
  unknown_session: { status: 404, retryable: false },
  unknown_project: { status: 404, retryable: false },
  /** A file or archive that is not taken, whoever asks again. */
  refused_file: { status: 422, retryable: false },
  /** The request was meant for a machine with another memory (`Roost-Expect-Journal`): give back what it lost first. */
  other_journal: { status: 409, retryable: true },
  no_space: { status: 507, retryable: true },
  /** The machine has been told to stop and takes no new work. */
  shutting_down: { status: 503, retryable: true },
  internal: { status: 500, retryable: true },
};

/** Body of every answer ≥ 400. `message` is a sentence that says what to do. */
export const ErrorBody = z.object({ error: z.object({ code: ErrorCode, message: z.string().max(2000) }) });
export type ErrorBody = z.infer<typeof ErrorBody>;

/** What the relay's model gateway says when an attempt has used up its requests: the machine knows it by these words. */
export const MODEL_USED_UP = 'This turn has reached its limit of model requests.';
