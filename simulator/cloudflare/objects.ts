import { Hono } from 'hono';
import { CloudflareRefusal, ok } from './answers.ts';

// Durable Objects as the account's API lists them: namespaces, and the ids of a namespace in pages.

const PAGE_MAX = 10_000;

type Script = { name: string; classes: readonly { id: string; name: string; sqlite: boolean }[] };
/** The part of the account that these routes list. */
type Objects<S extends Script> = {
  store: { scripts: readonly S[] };
  runtime: { objectIds(script: S, className: string): Promise<string[]> };
};

export function objectRoutes<S extends Script>(state: Objects<S>): Hono {
  const app = new Hono();

  app.get('/', (c) => {
    const page = Math.max(1, Number(c.req.query('page') ?? 1));
    const perPage = Math.min(1000, Number(c.req.query('per_page') ?? 20));
    const all = state.store.scripts.flatMap((script) =>
      script.classes.map(({ id, name, sqlite }) => ({
        id,
        name: `${script.name}_${name}`,
        script: script.name,
        class: name,
        use_sqlite: sqlite,
      })),
    );
    const here = all.slice((page - 1) * perPage, page * perPage);
    return ok(c, here, { page, per_page: perPage, count: here.length, total_count: all.length });
  });

  app.get('/:id/objects', async (c) => {
    const script = state.store.scripts.find((one) => one.classes.some(({ id }) => id === c.req.param('id')));
    const found = script?.classes.find(({ id }) => id === c.req.param('id'));
    if (!script || !found) throw new CloudflareRefusal(404, 10066, 'Durable Object namespace not found.');
    const limit = Math.min(PAGE_MAX, Math.max(10, Number(c.req.query('limit') ?? 1000)));
    const after = c.req.query('cursor') ?? '';
    const ids = (await state.runtime.objectIds(script, found.name)).sort().filter((id) => id > after);
    const here = ids.slice(0, limit);
    const cursor = ids.length > limit ? (here.at(-1) ?? '') : '';
    return ok(
      c,
      here.map((id) => ({ id, hasStoredData: true })),
      { count: here.length, cursor, per_page: limit },
    );
  });

  return app;
}
