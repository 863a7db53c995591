// Fetches files that people sent, for every channel.

/** With compression the announced length would differ from the length read. */
export const UNCOMPRESSED = { 'accept-encoding': 'identity' };

/** A request whose body may take as long as `signal` allows. It follows no redirect. */
export async function fetchHead(
  url: string,
  headers: Record<string, string>,
  firstByteMs: number,
  signal: AbortSignal,
): Promise<Response> {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(new Error('no answer in time')), firstByteMs);
  try {
    return await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.any([signal, clock.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

/** The announced length of the body; null when it is unknown. */
export function lengthOf({ headers }: Response): number | null {
  const encoding = headers.get('content-encoding') ?? 'identity';
  const length = headers.get('content-length');
  return encoding === 'identity' && length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null;
}
