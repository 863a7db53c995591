import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { JWK } from 'jose';
import type { ScriptedModel } from '../../simulator/model/script.ts';
import { CONNECT_AUDIENCE, checkToken, publicPartOf } from '../../src/protocol/index.ts';
import { startModelEdge } from './machine-harness.ts';

// What `/connect/*` of the relay does for a machine: checks the token and leads to a repository that git's own server
// serves; requests to the API get a scripted answer. `/model/*` is passed on to the edge of machine-harness.ts.

type Api = (asked: { method: string; path: string; body: string }) => { status?: number; body: unknown; link?: string };

export type ConnectEdge = {
  url: string;
  /** Every token presented to `/connect/*`. */
  tokens: string[];
  /** Method and path below /connect of every request that was let in. */
  asked: string[];
  /** Headers of the newest request that was let in. */
  headers: () => http.IncomingHttpHeaders;
  /** The bare repository of `ann/shop`. */
  bare: string;
  answerApi: (api: Api) => void;
  /** Called before git's server gets a request; an answer given there ends it. */
  intercept: (before: ((request: IncomingMessage, response: ServerResponse) => boolean) | null) => void;
  close: () => void;
};

/** `files`: of the first commit, by path. */
export async function startConnectEdge(
  script: ScriptedModel,
  key: JWK,
  files: Record<string, string> = { 'README.md': '# Shop\n' },
): Promise<ConnectEdge> {
  const model = await startModelEdge(script, key);
  const root = mkdtempSync(join(tmpdir(), 'roost-git-host-'));
  const bare = makeBare(root, files);
  const tokens: string[] = [];
  const asked: string[] = [];
  let newest: http.IncomingHttpHeaders = {};
  let api: Api = () => ({ status: 404, body: { message: 'Not Found' } });
  let before: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null;
  const connect = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    tokens.push(token);
    const check = await checkToken(token, [publicPartOf(key)], CONNECT_AUDIENCE, Date.now());
    if (!check.ok) return void response.writeHead(401).end();
    asked.push(`${request.method} ${path}`);
    newest = request.headers;
    if (before?.(request, response)) return;
    const [, host = '', rest = ''] = /^\/([^/]+)(\/.*)$/.exec(path) ?? [];
    if (host === 'api.github.com') {
      const {
        status = 200,
        body,
        link,
      } = api({ method: request.method ?? '', path: rest, body: await textOf(request) });
      response.writeHead(status, { 'content-type': 'application/json', ...(link === undefined ? {} : { link }) });
      return void response.end(JSON.stringify(body));
    }
    serveGit(root, request, response, rest);
  };
  const server = createServer((request, response) => {
    const { url = '', method, headers } = request;
    if (url.startsWith('/connect')) return void connect(request, response, url.slice('/connect'.length));
    const onward = http.request(`${model.url}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.requestTimeout = 0;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    asked,
    headers: () => newest,
    bare,
    answerApi: (next) => {
      api = next;
    },
    intercept: (next) => {
      before = next;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
      model.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Git with nobody's settings. */
export const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: PLAIN }).trim();
const PLAIN = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Bo',
  GIT_AUTHOR_EMAIL: 'bo@example.com',
  GIT_COMMITTER_NAME: 'Bo',
  GIT_COMMITTER_EMAIL: 'bo@example.com',
};

function makeBare(root: string, files: Record<string, string>): string {
  const bare = join(root, 'github.com/ann/shop.git');
  const work = join(root, 'work');
  mkdirSync(bare, { recursive: true });
  git(bare, 'init', '--quiet', '--bare', '--initial-branch=main');
  git(bare, 'config', 'http.receivepack', 'true');
  git(bare, 'config', 'uploadpack.allowFilter', 'true');
  git(root, 'init', '--quiet', '--initial-branch=main', work);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), content);
  }
  git(work, 'add', '--all');
  git(work, 'commit', '--quiet', '--message=First');
  git(work, 'push', '--quiet', bare, 'main');
  return bare;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function serveGit(root: string, request: IncomingMessage, response: ServerResponse, path: string): void {
  const [pathname = '', query = ''] = path.split('?');
  const { headers, method } = request;
  const child = spawn('git', ['http-backend'], {
    env: {
      ...PLAIN,
      GIT_PROJECT_ROOT: join(root, 'github.com'),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: query,
      REQUEST_METHOD: method,
      CONTENT_TYPE: headers['content-type'],
      GIT_PROTOCOL: headers['git-protocol'] as string | undefined,
      REMOTE_USER: 'ann',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => response.destroy());
  child.stdin.on('error', () => {});
  const body = headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
  body.pipe(child.stdin);
  response.once('close', () => child.kill());
  let head: Buffer | null = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === null) {
      if (response.write(chunk)) return;
      child.stdout.pause();
      response.once('drain', () => child.stdout.resume());
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const lines = head.subarray(0, end).toString().split('\r\n');
    const status = lines.find((line) => line.startsWith('Status: '));
    const fields = lines
      .filter((line) => !line.startsWith('Status: '))
      .map((line) => line.split(': ') as [string, string]);
    response.writeHead(Number(status?.slice(8, 11) ?? 200), Object.fromEntries(fields));
    response.write(head.subarray(end + 4));
    head = null;
  });
  child.stdout.on('end', () => response.end());
}
