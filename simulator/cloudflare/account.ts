import { Hono } from 'hono';
import { ok } from './answers.ts';
import type { CloudflareState } from './state.ts';

// The token's owner, and the account it reaches.

export function accountRoutes(state: CloudflareState): Hono {
  const app = new Hono();
  const account = {
    id: state.accountId,
    name: state.accountName,
    type: 'standard',
    created_on: '2026-01-01T00:00:00Z',
  };
  const all = { page: 1, per_page: 20, count: 1, total_count: 1, total_pages: 1 };

  app.get('/user/tokens/verify', (c) => ok(c, { id: 'ed17574386854bf78a67040be0a770b0', status: 'active' }));
  app.get('/user', (c) => ok(c, { id: '7c5dae5552338874e5053f2534d2767a', email: 'operator@example.com' }));
  app.get('/accounts', (c) => ok(c, [account], all));
  app.get('/accounts/:account', (c) => ok(c, account));
  app.get('/memberships', (c) =>
    ok(c, [{ id: '4536bcfad5faccb111b47003c79917fa', status: 'accepted', account, roles: ['Administrator'] }], all),
  );
  // `wrangler delete` lists these; there are never any.
  app.get('/accounts/:account/storage/kv/namespaces', (c) => ok(c, [], { ...all, count: 0, total_count: 0 }));

  return app;
}
