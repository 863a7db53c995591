import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// An HTTP server between two parts that passes everything on, and lets the run stop, fail or cut a call at a chosen
// point. Streams are passed on block by block. In memory.

/** `body`: the text to pass on; may be changed. */
export type Call = { method: string; path: string; body: string; gone: AbortSignal };
export type Verdict = 'pass' | 'cut' | { status: number; headers: Record<string, string>; body: string };

export type FrontRules = {
  /** Before the call is passed on. */
  onCall?: (call: Call) => Promise<Verdict>;
  /** After the other side's answer, before the caller gets it. */
  onAnswer?: (call: Call, status: number) => Promise<Verdict>;
  /** Before each block of an event stream. */
  onBlock?: (call: Call, block: string) => Promise<void>;
};

export type Front = { url: string; cut: () => number; close: () => void };

/** `targetUrl`: requested at the first call. */
export async function startFront(targetUrl: string | (() => string), rules: FrontRules): Promise<Front> {
  const agent = new http.Agent({ keepAlive: false });
  const under = new Map<ServerResponse, AbortController>();

  const server = http.createServer((request, response) => {
    const gone = new AbortController();
    under.set(response, gone);
    response.once('close', () => under.delete(response));
    response.on('error', () => {});
    void pass(request, response, gone).catch(() => response.destroy());
  });

  async function pass(request: IncomingMessage, response: ServerResponse, gone: AbortController): Promise<void> {
    response.once('close', () => gone.abort());
    const call: Call = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      body: '',
      gone: gone.signal,
    };
    const bytes = await bytesOf(request);
    const text = bytes.toString('utf8');
    call.body = text;
    if (settle(response, (await rules.onCall?.(call)) ?? 'pass')) return;
    const answer = await forward(call, request.headers, call.body === text ? bytes : Buffer.from(call.body));
    answer.on('error', () => response.destroy());
    const isStream = answer.headers['content-type']?.startsWith('text/event-stream') ?? false;
    if (!isStream) {
      const body = await bytesOf(answer);
      if (settle(response, (await rules.onAnswer?.(call, answer.statusCode ?? 0)) ?? 'pass')) return;
      const length = 'content-length' in answer.headers ? { 'content-length': body.length } : {};
      response.writeHead(answer.statusCode ?? 502, { ...plain(answer.headers), ...length }).end(body);
      return;
    }
    if (settle(response, (await rules.onAnswer?.(call, answer.statusCode ?? 0)) ?? 'pass'))
      return answer.destroy() && undefined;
    response.writeHead(answer.statusCode ?? 502, plain(answer.headers));
    response.once('close', () => answer.destroy());
    let rest = '';
    for await (const chunk of answer.setEncoding('utf8')) {
      const blocks = (rest + String(chunk)).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        await rules.onBlock?.(call, block);
        response.write(`${block}\n\n`);
      }
    }
    response.end(rest);
  }

  function forward(call: Call, headers: http.IncomingHttpHeaders, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const target = new URL(typeof targetUrl === 'string' ? targetUrl : targetUrl());
      const { hostname, port } = target;
      const { connection: _hop, 'content-length': _length, 'transfer-encoding': _coding, ...passed } = headers;
      const upstream = http.request(
        { hostname, port, path: call.path, method: call.method, headers: { ...passed, host: target.host }, agent },
        resolve,
      );
      upstream.once('error', reject);
      upstream.end(body.length === 0 ? undefined : body);
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      const open = [...under];
      for (const [response, gone] of open) {
        // The response closes a moment later, and calls that are released meanwhile must know.
        gone.abort();
        response.destroy();
      }
      return open.length;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** True when the rule has handled the call. */
function settle(response: ServerResponse, verdict: Verdict): boolean {
  if (verdict === 'pass') return false;
  if (verdict === 'cut') response.destroy();
  else response.writeHead(verdict.status, verdict.headers).end(verdict.body);
  return true;
}

const plain = (headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders => {
  const { 'transfer-encoding': _coding, connection: _hop, 'content-length': _length, ...rest } = headers;
  return rest;
};

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
