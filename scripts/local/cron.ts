// Stands in for the platform's cron in local runs: calls the relay's scheduled handler every minute, one call at a
// time. A relay that is restarting gets the next call.

const EVERY_MS = 60_000;
const ANSWER_MS = 55_000;

/**
 * The first call is made at once, because texts may have arrived while nothing ran. `relay`: the relay's current port,
 * behind its proxy. Returns a function that ends it.
 */
export function startCron(relay: () => Promise<number>, everyMs = EVERY_MS): () => void {
  const ended = new AbortController();
  const call = async (): Promise<void> => {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(ANSWER_MS)]);
    await relay()
      .then((port) => fetch(`http://127.0.0.1:${port}/cdn-cgi/local/scheduled`, { signal }))
      .then((response) => response.body?.cancel())
      .catch(() => undefined);
    if (!ended.signal.aborted) setTimeout(() => void call(), everyMs).unref();
  };
  void call();
  return () => ended.abort();
}
