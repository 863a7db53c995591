import http from 'node:http';
import https from 'node:https';

// One HTTP request of the carrier on a separate connection, with separate limits for connecting and answering, which
// fetch does not offer. Follows no redirects and keeps the URL byte for byte, because it is signed. Stateless.

export type Exchange =
  | { ok: true; status: number; headers: Record<string, string>; body: Buffer }
  | { ok: false; failure: 'ct' | 'rt'; why: string };

export type ExchangeRequest = {
  method: 'GET' | 'HEAD' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
  connectMs: number;
  readMs: number;
  /** Reading stops there; the rest of a longer answer is dropped. */
  maxBytes: number;
  signal: AbortSignal;
};

/** `null` when the text is not an absolute http(s) URL. */
export function splitUrl(url: string): { target: URL; path: string } | null {
  const parts = /^https?:\/\/[^/?#\s]+([^#\s]*)/i.exec(url);
  if (!parts || !URL.canParse(url)) return null;
  const path = parts[1] ?? '';
  return { target: new URL(url), path: path.startsWith('/') ? path : `/${path}` };
}

function plainHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]));
}

export function exchange(wanted: ExchangeRequest): Promise<Exchange> {
  const split = splitUrl(wanted.url);
  if (!split) return Promise.resolve({ ok: false, failure: 'ct', why: 'not an absolute http(s) URL' });
  const { target, path } = split;
  const secure = target.protocol === 'https:';

  return new Promise((resolve) => {
    let connected = false;
    const request = (secure ? https : http).request({
      hostname: target.hostname.replace(/^\[|\]$/g, ''),
      port: target.port || (secure ? 443 : 80),
      path,
      method: wanted.method,
      headers: wanted.headers,
      auth: target.username ? `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}` : null,
      agent: false,
      signal: wanted.signal,
    });
    let timer: NodeJS.Timeout;
    const finish = (outcome: Exchange): void => {
      clearTimeout(timer);
      resolve(outcome);
      request.destroy();
    };
    const limit = (ms: number, failure: 'ct' | 'rt', why: string): NodeJS.Timeout =>
      setTimeout(() => finish({ ok: false, failure, why }), ms);

    timer = limit(wanted.connectMs, 'ct', `no connection within ${wanted.connectMs} ms`);
    request.on('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        connected = true;
        clearTimeout(timer);
        timer = limit(wanted.readMs, 'rt', `no answer within ${wanted.readMs} ms`);
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const why = `${connected ? 'connection lost' : 'no connection'}: ${error.code ?? error.message}`;
      finish({ ok: false, failure: 'ct', why });
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (): void =>
        finish({
          ok: true,
          status: response.statusCode ?? 0,
          headers: plainHeaders(response.headers),
          body: Buffer.concat(chunks).subarray(0, wanted.maxBytes),
        });
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= wanted.maxBytes) done();
      });
      response.on('end', done);
      response.on('error', () =>
        finish({ ok: false, failure: 'ct', why: 'connection lost in the middle of the answer' }),
      );
    });
    request.end(wanted.body);
  });
}
