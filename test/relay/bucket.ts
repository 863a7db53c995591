import { createHash, randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// The bucket for files and backups in the protocol of workerd's R2 binding, as miniflare answers it: put, get, head,
// list and delete, and uploads in parts.
// Runs in this process, so that it survives every kill of the relay; its content is in memory.

type Fields = { httpFields: object; customFields: readonly { k: string; v: string }[] };
type Upload = { uploadId?: string; partNumber?: number; parts?: { etag: string; part: number }[] };
type Range = { offset?: number | string; length?: number | string };
type Wanted = { method: string; object?: string; objects?: string[]; prefix?: string; range?: Range } & Upload &
  Partial<Fields>;
type Kept = { bytes: Buffer; at: number } & Fields;

export type Bucket = {
  address: string;
  keys: () => string[];
  contents: () => Buffer[];
  close: () => void;
  /** Called with the number of each part before it is stored. */
  onPart: ((part: number) => Promise<void> | void) | undefined;
};

const SIZE = 'cf-r2-metadata-size';
const MISSING = { message: 'The specified key does not exist.', version: 1, v4code: 10007 };

export async function startBucket(): Promise<Bucket> {
  const kept = new Map<string, Kept>();
  const uploads = new Map<string, { fields: Fields; parts: Map<number, Buffer> }>();
  const server = http.createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const size = Number(request.headers[SIZE] ?? 0);
    const words = request.headers['cf-r2-request'] ?? body.subarray(0, size).toString('utf8');
    const wanted = JSON.parse(String(words)) as Wanted;
    const { method, object = '', objects = [object], prefix = '', httpFields = {}, customFields = [] } = wanted;
    const { uploadId = '', partNumber = 0, parts = [], range } = wanted;
    if (method === 'createMultipartUpload') {
      const id = randomUUID();
      uploads.set(id, { fields: { httpFields, customFields }, parts: new Map() });
      tell(response, { uploadId: id });
      return;
    }
    if (method === 'uploadPart') {
      await bucket.onPart?.(partNumber);
      const bytes = body.subarray(size);
      uploads.get(uploadId)?.parts.set(partNumber, bytes);
      tell(response, { etag: etagOf(bytes) });
      return;
    }
    if (method === 'abortMultipartUpload') {
      uploads.delete(uploadId);
      response.end();
      return;
    }
    if (method === 'completeMultipartUpload') {
      const upload = uploads.get(uploadId);
      const pieces = parts.map(({ part }) => upload?.parts.get(part) ?? Buffer.alloc(0));
      if (upload) kept.set(object, { bytes: Buffer.concat(pieces), ...upload.fields, at: Date.now() });
      uploads.delete(uploadId);
    }
    if (method === 'list') {
      const found = [...kept].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
      const heads = found.map(([key, one]) => headOf(key, one));
      tell(response, { objects: heads, truncated: false, delimitedPrefixes: [] });
      return;
    }
    if (method === 'delete') {
      for (const key of objects) kept.delete(key);
      tell(response, {});
      return;
    }
    if (method === 'put') kept.set(object, { bytes: body.subarray(size), httpFields, customFields, at: Date.now() });
    const found = kept.get(object);
    if (found) {
      const { offset, length } = within(range, found.bytes.length);
      const value = method === 'get' ? found.bytes.subarray(offset, offset + length) : undefined;
      tell(response, { ...headOf(object, found), range: { offset, length } }, value);
    } else response.writeHead(404, { 'cf-r2-error': JSON.stringify(MISSING) }).end();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bucket: Bucket = {
    onPart: undefined,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys: () => [...kept.keys()],
    contents: () => [...kept.values()].map(({ bytes }) => bytes),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return bucket;
}

const etagOf = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

/** Numbers may come as text: they have 64 bits. */
function within({ offset = 0, length }: Range = {}, size: number): { offset: number; length: number } {
  const from = Math.min(Number(offset), size);
  return { offset: from, length: Math.min(Number(length ?? size), size - from) };
}

function headOf(name: string, { bytes, httpFields, customFields, at }: Kept): object {
  const etag = etagOf(bytes);
  const range = { offset: 0, length: bytes.length };
  return {
    name,
    version: etag,
    size: bytes.length,
    etag,
    uploaded: at,
    httpFields,
    customFields,
    range,
    checksums: { 0: etag },
  };
}

function tell(response: ServerResponse, said: object, value: Buffer = Buffer.alloc(0)): void {
  const words = Buffer.from(JSON.stringify(said));
  const body = Buffer.concat([words, value]);
  response.writeHead(200, { [SIZE]: words.length, 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
