import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import * as z from 'zod';
import { CloudflareRefusal, ok, refused } from './answers.ts';
import type { CloudflareState } from './state.ts';
import type { CloudflareStore } from './store.ts';

// Static assets of a Worker, as wrangler uploads them: a session with the list of files, then those that Cloudflare
// hasn't got yet, and at last the session's token in the upload of the version. Files are kept by their hash.

const Manifest = z.object({
  manifest: z.record(z.string().startsWith('/'), z.object({ hash: z.string().regex(/^[0-9a-f]{32}$/), size: z.int() })),
});
/** The hash of each path. */
export type AssetList = Readonly<Record<string, string>>;

export class AssetSessions {
  readonly #store: CloudflareStore;
  readonly #lists = new Map<string, AssetList>();

  constructor(store: CloudflareStore) {
    this.#store = store;
  }

  /** The session's token, and the hashes of files that are missing. */
  begin(list: AssetList): { jwt: string; missing: string[] } {
    const jwt = tokenOf(randomUUID());
    this.#lists.set(jwt, list);
    return { jwt, missing: this.#missing(list) };
  }

  knows(jwt: string): boolean {
    return this.#lists.has(jwt);
  }

  take(jwt: string, files: readonly { hash: string; content: Uint8Array }[]): { isComplete: boolean } {
    const list = this.#lists.get(jwt) ?? {};
    for (const { hash, content } of files) {
      if (Object.values(list).includes(hash)) this.#store.writeAsset(hash, content);
    }
    return { isComplete: this.#missing(list).length === 0 };
  }

  /** The assets of the version with this token. */
  listOf(jwt: string): AssetList {
    const list = this.#lists.get(jwt);
    if (!list || this.#missing(list).length > 0)
      throw new CloudflareRefusal(400, 10021, 'The assets of this version have not been uploaded.');
    return list;
  }

  #missing(list: AssetList): string[] {
    return [...new Set(Object.values(list))].filter((hash) => !this.#store.hasAsset(hash));
  }
}

/** Wrangler reads the payload. */
const tokenOf = (id: string): string =>
  [{ alg: 'none' }, { id }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.x');

export function assetSessionRoutes({ assets }: CloudflareState): Hono {
  const app = new Hono();
  app.post('/:name/assets-upload-session', async (c) => {
    const wanted = Manifest.safeParse(await c.req.json());
    if (!wanted.success) throw new CloudflareRefusal(400, 10021, z.prettifyError(wanted.error));
    const list = Object.entries(wanted.data.manifest).map(([path, { hash }]) => [path, hash]);
    const { jwt, missing } = assets.begin(Object.fromEntries(list));
    return ok(c, { jwt, buckets: missing.length === 0 ? [] : [missing] });
  });
  return app;
}

/** These calls have the session's token in place of the account's. */
export function assetUploadRoutes({ assets }: CloudflareState): Hono {
  const app = new Hono();
  app.post('/', async (c) => {
    const jwt = (c.req.header('authorization') ?? '').replace('Bearer ', '');
    if (!assets.knows(jwt)) return refused(c, new CloudflareRefusal(401, 10000, 'Authentication error'));
    const files = [];
    for (const [hash, part] of await c.req.raw.formData()) {
      const base64 = typeof part === 'string' ? part : await part.text();
      files.push({ hash, content: Buffer.from(base64, 'base64') });
    }
    const { isComplete } = assets.take(jwt, files);
    return c.json(
      { success: true, errors: [], messages: [], result: isComplete ? { jwt } : {} },
      isComplete ? 201 : 202,
    );
  });
  return app;
}
