import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { may } from '../access.ts';
import type { GitHost } from '../host.ts';
import type { Repository, Token } from '../records.ts';

// Git LFS: the batch API asks for a token, and hands out signed addresses of objects that need none.

const TYPE = 'application/vnd.git-lfs+json';
const MAX_BATCH_BYTES = 2 ** 20;
const VALID_S = 3600;
const secret = randomBytes(32);

type Wanted = { oid: string; size: number };
type Batch = { operation: 'download' | 'upload'; transfers?: string[]; objects: Wanted[] };

export async function answerLfs(
  host: GitHost,
  request: IncomingMessage,
  response: ServerResponse,
  repository: Repository,
  token: Token | null,
  rest: string,
): Promise<void> {
  const say = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': TYPE });
    response.end(JSON.stringify(body));
  };
  const path = rest.slice('/info/lfs'.length);
  const body = await readBody(request, MAX_BATCH_BYTES);
  const allowed = (level: 'read' | 'write') => may(host.store, token, repository, { permission: 'contents', level });
  if (path === '/locks/verify' && request.method === 'POST') {
    if (!allowed('write')) return say(403, { message: 'You must have push access to verify locks' });
    return say(200, { ours: [], theirs: [] });
  }
  if (path === '/locks' && request.method === 'GET') return say(200, { locks: [] });
  if (path !== '/objects/batch' || request.method !== 'POST') return say(404, { message: 'Not Found' });
  const batch = readBatch(body);
  if (!batch) return say(422, { message: 'Validation Failed' });
  if (!allowed(batch.operation === 'upload' ? 'write' : 'read'))
    return say(403, { message: 'You must have push access to upload objects' });
  const objects = batch.objects.map(({ oid, size }) => entry(host, repository, batch.operation, oid, size));
  return say(200, { transfer: 'basic', objects, hash_algo: 'sha256' });
}

function entry(host: GitHost, repository: Repository, operation: Batch['operation'], oid: string, size: number) {
  const stored = sizeOf(objectFile(host, repository, oid));
  const base = { oid, size: stored ?? size };
  if (operation === 'download') {
    if (stored === null) return { ...base, error: { code: 404, message: 'Object does not exist on the server' } };
    return { ...base, authenticated: true, actions: { download: signedAction(host, repository, 'download', oid) } };
  }
  if (stored === size) return base;
  return { ...base, authenticated: true, actions: { upload: signedAction(host, repository, 'upload', oid) } };
}

function signedAction(host: GitHost, { id }: Repository, verb: string, oid: string) {
  const until = Math.floor(host.now() / 1000) + VALID_S;
  const href = `${host.url}/_lfs/${id}/${oid}?verb=${verb}&until=${until}&signature=${signature(id, verb, oid, until)}`;
  return { href, expires_at: new Date(until * 1000).toISOString(), expires_in: VALID_S };
}

const signature = (id: number, verb: string, oid: string, until: number): string =>
  createHmac('sha256', secret).update(`${id} ${verb} ${oid} ${until}`).digest('hex');

/** The signed addresses. A request with an Authorization header is refused, as storage behind a host does. */
export async function answerLfsObject(
  host: GitHost,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const refuse = (status: number): void => void response.writeHead(status).end();
  const [, id = '', oid = ''] = /^\/_lfs\/(\d+)\/([0-9a-f]{64})$/.exec(url.pathname) ?? [];
  const repository = host.store.repositoryById(Number(id));
  const verb = url.searchParams.get('verb') ?? '';
  const until = Number(url.searchParams.get('until'));
  const good = sameHex(signature(Number(id), verb, oid, until), url.searchParams.get('signature') ?? '');
  if (!repository || !good || until * 1000 < host.now()) return refuse(403);
  if (request.headers.authorization) return refuse(400);
  const file = objectFile(host, repository, oid);
  if (verb === 'upload' && request.method === 'PUT') return store(request, response, file, oid);
  const size = sizeOf(file);
  if (verb !== 'download' || request.method !== 'GET' || size === null) return refuse(404);
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
  await pipeline(createReadStream(file), response).catch(() => undefined);
}

async function store(request: IncomingMessage, response: ServerResponse, file: string, oid: string): Promise<void> {
  mkdirSync(join(file, '..'), { recursive: true });
  const hash = createHash('sha256');
  const count = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      done(null, piece);
    },
  });
  // Two uploads of one object may be under way.
  const part = `${file}.${randomUUID()}`;
  try {
    await pipeline(request, count, createWriteStream(part));
    const good = hash.digest('hex') === oid;
    if (good) renameSync(part, file);
    response.writeHead(good ? 200 : 422).end();
  } finally {
    rmSync(part, { force: true });
  }
}

const objectFile = (host: GitHost, repository: Repository, oid: string): string =>
  join(host.store.lfsFolder(repository), oid.slice(0, 2), oid);
const sizeOf = (file: string): number | null => statSync(file, { throwIfNoEntry: false })?.size ?? null;
const sameHex = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

function readBatch(body: Buffer): Batch | null {
  try {
    const read = JSON.parse(body.toString('utf8')) as Batch;
    const known = read.operation === 'download' || read.operation === 'upload';
    return known && read.objects.every(({ oid, size }) => /^[0-9a-f]{64}$/.test(oid) && size >= 0) ? read : null;
  } catch {
    return null;
  }
}

async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= most) pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
