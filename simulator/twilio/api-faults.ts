import type { ApiContext } from './answers.ts';
import { refusal, serverError } from './answers.ts';
import type { Background } from './background.ts';
import type { CarrierFaults, Operation } from './faults.ts';

// Applies the REST API's faults around an operation's handler: before the work, or after it with only the answer
// missing.

export type Handler = (c: ApiContext) => Promise<Response> | Response;

/** Resolves when the client has given up, after `ms` at most. */
function clientGone(c: ApiContext, background: Background, ms: number): Promise<void> {
  const { signal } = c.req.raw;
  if (signal.aborted) return Promise.resolve();
  const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  return Promise.race([gone, background.sleep(ms)]);
}

export function withFaults(
  operation: Operation,
  handle: Handler,
  faults: CarrierFaults,
  background: Background,
): Handler {
  const here = (fault: { on: Operation }): boolean => fault.on === operation;

  return async (c) => {
    // The body is read now, because it cannot be read after the client has gone.
    await c.req.text();
    const delay = faults.take('delayAnswer', here);
    if (delay) {
      c.set('note', `Fault delayAnswer: ${delay.ms} ms.`);
      await background.sleep(delay.ms);
    }
    const refuse = faults.take('refuse', here);
    if (refuse) {
      c.set('note', 'Fault refuse.');
      const retryAfter = { 'Retry-After': String(refuse.retryAfterSeconds) };
      return refusal({ refused: refuse.code }, refuse.code === 20429 ? retryAfter : {});
    }
    const early = faults.take('errorBeforeAccepting', here);
    if (early) {
      c.set('note', 'Fault errorBeforeAccepting: nothing was done.');
      return serverError(early.status);
    }
    const late = faults.take('acceptLate', here);
    if (late) {
      c.set('note', 'Fault acceptLate: carried out after the client had given up.');
      await clientGone(c, background, late.ms);
    }
    const answer = await handle(c);
    if (!answer.ok && answer.status !== 307) return answer;
    const after = faults.take('errorAfterAccepting', here);
    if (after) {
      c.set('note', 'Fault errorAfterAccepting: it was carried out.');
      return serverError(after.status);
    }
    const hold = faults.take('holdAnswer', here);
    if (hold) {
      c.set('note', 'Fault holdAnswer: carried out, the answer was held.');
      await clientGone(c, background, hold.ms);
    }
    return answer;
  };
}
