// A time limit for calls without their own, such as calls between objects. The call itself is not stopped.

export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const clock = new AbortController();
  const tooLate = scheduler.wait(ms, { signal: clock.signal }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  // When the work is faster, aborting the clock rejects `tooLate`, and nobody handles that rejection.
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clock.abort();
  }
}
