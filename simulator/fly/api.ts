import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { ulid } from 'ulid';
import { appRoutes, volumeRoutes } from './api-apps.ts';
import { leaseRoutes, metadataRoutes } from './api-leases.ts';
import { machineRoutes } from './api-machines.ts';
import type { Cloud } from './cloud.ts';
import type { ApiFault } from './faults.ts';
import { FlyRefusal, refusals } from './refusals.ts';
import type { Answer, Route } from './route.ts';

// The Machines API over HTTP: checks the token and limits, applies faults, and records every call around its handler.
// Keeps nothing.

type Env = { Bindings: HttpBindings };

export function createFlyApi(cloud: Cloud): Hono<Env> {
  const app = new Hono<Env>();
  for (const route of [...appRoutes, ...volumeRoutes, ...machineRoutes, ...leaseRoutes, ...metadataRoutes]) {
    app.on(route.method, `/v1${route.path}`, (c) => respond(cloud, c, (body) => answer(cloud, c, route, body)));
  }
  app.all('*', (c) => respond(cloud, c, () => Promise.resolve({ status: 404, body: '404 page not found' })));
  return app;
}

/** One call from arrival to record. */
async function respond(cloud: Cloud, c: Context<Env>, work: (body: string) => Promise<Answer>): Promise<Response> {
  const { method, path: full } = c.req;
  const path = full.replace(/^\/v1/, '');
  const body = await c.req.text();
  let note = '';
  const finish = (given: Answer): Response => {
    cloud.history.called({ method, path, status: given.status, note });
    return reply(given);
  };
  const cut = (): Response => {
    cloud.history.called({ method, path, status: null, note });
    c.env.outgoing.destroy();
    return new Response(null);
  };
  try {
    if (c.req.header('authorization') !== `Bearer ${cloud.options.token}`) return finish(refused(refusals.token()));
    const fault = cloud.faults.take(method, path);
    if (fault) note = `Fault: ${fault.kind}.`;
    if (fault?.kind === 'cut') return cut();
    if (fault?.kind === 'answer') return finish(faulty(fault));
    if (fault?.kind === 'delay') await cloud.background.sleep(fault.ms);
    if (fault?.kind === 'hold' && fault.when === 'before') await fault.until();
    const given = await work(body).catch((error: unknown) => {
      if (error instanceof FlyRefusal) return refused(error);
      throw error;
    });
    if (fault?.kind === 'hold' && fault.when === 'after') await fault.until();
    if (fault?.kind === 'lose answer') return cut();
    return finish(fault?.kind === 'answer after' && given.status < 300 ? faulty(fault) : given);
  } catch (error) {
    // The stand-in was stopped during this call.
    if (cloud.background.signal.aborted) return cut();
    throw error;
  }
}

async function answer(cloud: Cloud, c: Context<Env>, route: Route, body: string): Promise<Answer> {
  const { app = '', machine = '', id = '' } = c.req.param() as { app?: string; machine?: string; id?: string };
  // Creating and deleting apps share one limit.
  const identifier = route.action === 'app.delete' ? '' : [app, machine].join('/');
  if (cloud.options.rateLimits !== false && !cloud.limits.admit(route.action, identifier, Date.now())) {
    throw refusals.tooOften();
  }
  const query = new URL(c.req.url).searchParams;
  const known = (name: string): boolean =>
    (route.query ?? []).some((wanted) => (wanted.endsWith('.') ? name.startsWith(wanted) : name === wanted));
  const unknown = [...query.keys()].find((name) => !known(name));
  if (unknown !== undefined) throw refusals.badRequest(`unknown query parameter ${unknown}`);
  return route.handle(cloud, { app, machine, id, query, body, nonce: c.req.header('fly-machine-lease-nonce') ?? null });
}

const refused = ({ status, message }: FlyRefusal): Answer => ({ status, body: { error: message } });
const faulty = ({ status, error }: Extract<ApiFault, { status: number }>): Answer => ({
  status,
  body: { error: error ?? (status === 429 ? 'rate limit exceeded' : 'service unavailable') },
});

function reply({ status, body }: Answer): Response {
  const headers = { 'fly-request-id': `${ulid()}-dev`, server: 'Fly/stand-in', via: '1.1 fly.io' };
  if (typeof body === 'string') return new Response(`${body}\n`, { status, headers });
  return body === undefined ? new Response(null, { status, headers }) : Response.json(body, { status, headers });
}
