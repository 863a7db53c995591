import { Agent, type IncomingMessage, request } from 'node:http';
import { now } from './clock.ts';

/** A carrier's connections to the relay. */
export const connections = (): Agent => new Agent({ keepAlive: true, maxSockets: 64 });

export type Call = { method: 'GET' | 'POST'; headers?: Record<string, string>; body?: string };

/**
 * Resolves with the answer, the moment when there was a connection for the call, and the milliseconds to the answer.
 * The relay may close an idle connection at the moment it is used; then the call is made again, as a carrier does.
 */
export function callRelay(agent: Agent, url: string, call: Call): Promise<{ code: number; at: number; took: number }> {
  const { method, headers = {}, body = '' } = call;
  const sized = method === 'GET' ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((done, failed) => {
    let at = now();
    const asked = request(url, { method, agent, headers: sized }, (response: IncomingMessage) => {
      const took = now() - at;
      response.resume().once('end', () => done({ code: response.statusCode ?? 0, at, took }));
    });
    asked.once('socket', () => {
      at = now();
    });
    asked.once('error', (error: NodeJS.ErrnoException) => {
      if (asked.reusedSocket && error.code === 'ECONNRESET') done(callRelay(agent, url, call));
      else failed(error);
    });
    asked.end(body);
  });
}
