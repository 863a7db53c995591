import { request } from 'node:http';
import { GITHUB_INSIDE } from '../network/connect-target.ts';

// A request to GitHub's API by way of the connect proxy, as gh makes it. Keeps nothing.

/** Most bytes of an answer that are read. */
const ANSWER_MAX = 1024 * 1024;

/** Where the connect proxy listens, and what it asks for. */
export type ApiDoor = { port: number; word: string };
/** `path`: begins with a slash. */
export type ApiRequest = { method: string; path: string; body?: unknown };
/** `text`: its first megabyte. */
export type ApiAnswer = { status: number; text: string };

/** Null if no whole answer came. `silenceMs`: how long to wait for each part of it. */
export async function askGithub(
  { port, word }: ApiDoor,
  { method, path, body }: ApiRequest,
  silenceMs: number,
): Promise<ApiAnswer | null> {
  const sent = body === undefined ? null : Buffer.from(JSON.stringify(body));
  const headers = {
    host: `api.${GITHUB_INSIDE}`,
    authorization: `Bearer ${word}`,
    accept: 'application/vnd.github+json',
    ...(sent === null ? {} : { 'content-type': 'application/json', 'content-length': sent.length }),
  };
  const { promise, resolve } = Promise.withResolvers<ApiAnswer | null>();
  const asked = request({ host: '127.0.0.1', port, method, path, headers, timeout: silenceMs }, (response) => {
    const chunks: Buffer[] = [];
    let kept = 0;
    response.on('data', (chunk: Buffer) => {
      if (kept < ANSWER_MAX) chunks.push(chunk.subarray(0, ANSWER_MAX - kept));
      kept += chunk.length;
    });
    response.once('end', () =>
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
    );
    response.once('close', () => resolve(null));
  });
  asked.once('timeout', () => asked.destroy());
  asked.once('error', () => resolve(null));
  asked.end(sent ?? undefined);
  return promise;
}
