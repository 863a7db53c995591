import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

// The documented envelope of Cloudflare's API v4, and its refusals with their numbers.

export type PageInfo = Readonly<Record<string, number | string>>;

export function ok(c: Context, result: unknown, info?: PageInfo): Response {
  return c.json({
    success: true,
    errors: [],
    messages: [],
    result,
    ...(info === undefined ? {} : { result_info: info }),
  });
}

/** Thrown by handlers; the server makes an envelope of it. */
export class CloudflareRefusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: number;

  constructor(status: ContentfulStatusCode, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const refused = (c: Context, { status, code, message }: CloudflareRefusal): Response =>
  c.json({ success: false, errors: [{ code, message }], messages: [], result: null }, status);

export const noRoute = (path: string): CloudflareRefusal =>
  new CloudflareRefusal(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`);
export const noWorker = (): CloudflareRefusal =>
  new CloudflareRefusal(404, 10007, 'This Worker does not exist on your account.');
export const wrongToken = (): CloudflareRefusal => new CloudflareRefusal(401, 10000, 'Authentication error');
export const wrongAccount = (): CloudflareRefusal => new CloudflareRefusal(403, 10000, 'Authentication error');
