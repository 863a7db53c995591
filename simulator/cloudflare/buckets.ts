import { Hono } from 'hono';
import * as z from 'zod';
import { CloudflareRefusal, ok } from './answers.ts';
import type { CloudflareState } from './state.ts';
import type { Bucket } from './store.ts';

// R2's control plane, as far as it is called, and the list of a bucket's objects. A bucket with objects cannot be
// deleted.

const NewBucket = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/),
  locationHint: z.string().optional(),
  storageClass: z.string().optional(),
});

export function bucketRoutes(state: CloudflareState): Hono {
  const app = new Hono();

  app.get('/', (c) => ok(c, { buckets: state.store.buckets }, { cursor: '', per_page: 20 }));

  app.post('/', async (c) => {
    const wanted = NewBucket.safeParse(await c.req.json());
    if (!wanted.success) throw new CloudflareRefusal(400, 10005, 'The specified bucket name is not valid.');
    if (state.store.buckets.some(({ name }) => name === wanted.data.name)) {
      throw new CloudflareRefusal(409, 10004, 'The bucket you tried to create already exists, and you own it.');
    }
    const bucket: Bucket = {
      name: wanted.data.name,
      creation_date: new Date().toISOString(),
      location: (wanted.data.locationHint ?? 'WEUR').toUpperCase(),
      storage_class: wanted.data.storageClass ?? 'Standard',
      jurisdiction: c.req.header('cf-r2-jurisdiction') ?? 'default',
    };
    state.store.buckets.push(bucket);
    state.store.save();
    return ok(c, bucket);
  });

  app.get('/:name', (c) => ok(c, bucketOf(state, c.req.param('name'))));

  app.delete('/:name', async (c) => {
    const bucket = bucketOf(state, c.req.param('name'));
    if ((await objectsOf(state, bucket, undefined)).objects.length > 0) {
      throw new CloudflareRefusal(409, 10008, 'The bucket you tried to delete is not empty.');
    }
    state.store.removeBucket(bucket);
    state.store.save();
    return ok(c, {});
  });

  app.get('/:name/objects', async (c) => {
    const { objects, cursor } = await objectsOf(state, bucketOf(state, c.req.param('name')), c.req.query('cursor'));
    const listed = objects.map(({ key, size, etag, uploaded }) => ({
      key,
      size,
      etag,
      last_modified: uploaded.toISOString(),
    }));
    return ok(c, listed, { per_page: 1000, cursor: cursor ?? '', is_truncated: String(cursor !== undefined) });
  });

  app.get('/:name/objects/:key{.+}', async (c) => {
    const object = await (await storedIn(state, bucketOf(state, c.req.param('name')))).get(c.req.param('key'));
    if (!object) throw new CloudflareRefusal(404, 10007, 'The specified key does not exist.');
    return c.body(await object.arrayBuffer());
  });

  app.put('/:name/objects/:key{.+}', async (c) => {
    const bucket = await storedIn(state, bucketOf(state, c.req.param('name')));
    const object = await bucket.put(c.req.param('key'), await c.req.arrayBuffer());
    return ok(c, { key: object.key, etag: object.etag, size: String(object.size) });
  });

  app.delete('/:name/objects/:key{.+}', async (c) => {
    const bucket = await storedIn(state, bucketOf(state, c.req.param('name')));
    await bucket.delete(c.req.param('key'));
    return ok(c, { key: c.req.param('key') });
  });

  return app;
}

function bucketOf(state: CloudflareState, name: string): Bucket {
  const bucket = state.store.buckets.find((one) => one.name === name);
  if (!bucket) throw new CloudflareRefusal(404, 10006, 'The specified bucket does not exist.');
  return bucket;
}

async function storedIn(state: CloudflareState, { name }: Bucket) {
  // The runtime doesn't know a bucket that was created after the last deployment.
  await state.runtime.refresh();
  return state.runtime.bucket(name);
}

async function objectsOf(state: CloudflareState, bucket: Bucket, from: string | undefined) {
  const listed = await (await storedIn(state, bucket)).list({ limit: 1000, ...(from ? { cursor: from } : {}) });
  return { objects: listed.objects, cursor: listed.truncated ? listed.cursor : undefined };
}
