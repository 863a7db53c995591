import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestProject } from 'vitest/node';

// A server on loopback that gives out the keys of teams as Cloudflare Access does. It runs in Node beside the runtime
// of the tests, which say with `PUT /{team}` how it answers, and read with `GET /{team}` how often it was asked.

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the server of keys. */
    keyServer: string;
  }
}

/** `hangs`: never answers. `padding`: as many bytes more. `moved`: leads elsewhere. */
export type Team = { status?: number; body?: string; hangs?: boolean; padding?: number; moved?: string };

export default async function setup({ provide }: TestProject): Promise<() => void> {
  const teams = new Map<string, Team & { asked: number }>();
  const server = createServer(async (request, response) => {
    const [, team = '', ...rest] = (request.url ?? '').split('/');
    const known = teams.get(team);
    if (request.method === 'PUT') {
      teams.set(team, { ...(JSON.parse(await text(request)) as Team), asked: known?.asked ?? 0 });
      response.end();
    } else if (rest.length === 0) response.end(JSON.stringify(known?.asked ?? 0));
    else if (known && rest.join('/') === 'cdn-cgi/access/certs') {
      known.asked += 1;
      answer(response, known);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  provide('keyServer', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return () => {
    server.closeAllConnections();
    server.close();
  };
}

function answer(response: ServerResponse, { status = 200, body = '', hangs, padding = 0, moved }: Team): void {
  if (hangs) return;
  if (moved !== undefined) response.writeHead(302, { location: moved }).end();
  else response.writeHead(status, { 'content-type': 'application/json' }).end(body + ' '.repeat(padding));
}
