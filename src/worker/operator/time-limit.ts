import type { MiddlewareHandler } from 'hono';
import { reasonOf, report } from '../../log.ts';
import { withTimeout } from '../../timeout.ts';
import type { AppEnv } from '../configuration.ts';
import { sayNoAnswer } from './door.ts';

// Answers every request of the operator's page in time, also when the directory or another object gives neither an
// answer nor an error.

/** Less than the page's script waits for a view. */
export const ANSWER_MS = 10_000;

export const limitTime: MiddlewareHandler<AppEnv> = async (c, next) => {
  try {
    return await withTimeout(ANSWER_MS, next());
  } catch (error) {
    report({ level: 'error', event: 'operator-no-answer', reason: reasonOf(error) });
    return sayNoAnswer(c);
  }
};
