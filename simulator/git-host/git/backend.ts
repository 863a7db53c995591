import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GitHost } from '../host.ts';
import type { Repository } from '../records.ts';

// Runs `git http-backend` for one request, as a web server runs a CGI program. Both directions stream.

const MAX_HEAD = 16_384;

export type BackendCall = {
  repository: Repository;
  /** The part after the repository's path, like "/info/refs". */
  path: string;
  query: string;
  user: string;
  /** The push's id, which the hook sends back. */
  push: string;
  port: number;
  /** Runs after git has ended and before the response ends. */
  after(): Promise<void>;
};

/** Resolves when git has ended. */
export function runBackend(
  host: GitHost,
  request: IncomingMessage,
  response: ServerResponse,
  call: BackendCall,
): Promise<void> {
  const { headers } = request;
  const folder = host.store.bareFolder(call.repository);
  const env: Record<string, string> = {
    ...host.git.environment,
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: call.path,
    QUERY_STRING: call.query,
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: headers['content-type'] ?? '',
    REMOTE_USER: call.user,
    REMOTE_ADDR: '127.0.0.1',
    GIT_HOST_PORT: String(call.port),
    GIT_HOST_PUSH: call.push,
    ...(headers['content-length'] ? { CONTENT_LENGTH: headers['content-length'] } : {}),
    ...(headers['content-encoding'] ? { HTTP_CONTENT_ENCODING: headers['content-encoding'] } : {}),
    ...(typeof headers['git-protocol'] === 'string' ? { GIT_PROTOCOL: headers['git-protocol'] } : {}),
  };
  return new Promise((resolve) => {
    const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let head = Buffer.alloc(0);
    child.stderr.on('data', (piece: Buffer) => host.log(`git: ${piece.toString().trim()}`));
    child.stdin.on('error', () => undefined);
    child.stdout.on('error', () => undefined);
    request.pipe(child.stdin);
    const readHead = (piece: Buffer): void => {
      head = Buffer.concat([head, piece]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length < MAX_HEAD) return;
      child.stdout.off('data', readHead);
      const { status, fields } = parseHead(head.toString('latin1', 0, end));
      response.writeHead(status, fields);
      response.write(head.subarray(end + 4));
      child.stdout.pipe(response, { end: false });
    };
    child.stdout.on('data', readHead);
    // A closed connection ends git.
    response.once('close', () => child.kill());
    child.once('error', (error) => {
      host.log(`git: ${error.message}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
      resolve();
    });
    child.once('close', () => {
      const ended = (): void => {
        if (!response.headersSent) response.writeHead(500);
        response.end();
        resolve();
      };
      call.after().then(ended, (error: Error) => {
        host.log(error.stack ?? error.message);
        ended();
      });
    });
  });
}

function parseHead(text: string): { status: number; fields: Record<string, string> } {
  const fields: Record<string, string> = {};
  let status = 200;
  for (const line of text.split('\r\n')) {
    const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(line) ?? [];
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else if (name !== '') fields[name] = value;
  }
  return { status, fields };
}
