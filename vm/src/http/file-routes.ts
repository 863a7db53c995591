import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { Hono } from 'hono';
import { FILE_NAME_HEADER, FileId } from '../../../src/protocol/index.ts';
import type { FileStore } from '../transfer/file-store.ts';
import type { RequestEnv } from './requests.ts';
import { parseOrRefuse } from './requests.ts';

// The routes for files in transit. Bodies are streamed both ways. server.ts has checked the token before.

export function addFileRoutes(app: Hono<RequestEnv>, files: FileStore): void {
  app.put('/files/:id', async (c) => {
    const id = parseOrRefuse(FileId, c.req.param('id'), 'file');
    const said = { name: decoded(c.req.header(FILE_NAME_HEADER) ?? ''), type: c.req.header('content-type') };
    const body = c.req.raw.body;
    const stream = body ? Readable.fromWeb(body as NodeReadableStream<Uint8Array>) : Readable.from([]);
    const { isNew, file } = await files.receive(c.var.conversation, id, said, stream, Date.now());
    return c.json(file, isNew ? 201 : 200);
  });

  app.get('/files/:id', (c) => {
    const { file, stream } = files.open(c.var.conversation, parseOrRefuse(FileId, c.req.param('id'), 'file'));
    return c.body(Readable.toWeb(stream) as ReadableStream, 200, {
      'content-type': file.type,
      'content-length': String(file.size),
      [FILE_NAME_HEADER]: encodeURIComponent(file.name),
    });
  });
}

/** Decodes the name if possible: it is made safe later in any case. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
