import type { Context } from 'hono';
import * as z from 'zod';
import { AttemptId } from '../../../src/protocol/index.ts';
import { RequestRefusal } from '../refusal.ts';

/** The value parsed by the schema. Throws a refusal that names the problems. */
export function parseOrRefuse<T>(schema: z.core.$ZodType<T>, value: unknown, what: string): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${[what, ...issue.path].join('.')}: ${issue.message}`);
  throw new RequestRefusal('invalid_request', problems.join('; ').slice(0, 2000));
}

export type RequestEnv = { Variables: { conversation: string } };

export function attemptOf(c: Context): string {
  return parseOrRefuse(AttemptId, c.req.param('attempt'), 'attempt');
}

export function resumeAfter(header: string | undefined): number {
  return parseOrRefuse(z.coerce.number().int().min(0), header ?? '0', 'Last-Event-ID');
}

export async function readBody<T>(c: Context, schema: z.core.$ZodType<T>): Promise<T> {
  let json: unknown;
  try {
    json = await c.req.json();
  } catch {
    throw new RequestRefusal('invalid_request', 'The body must be JSON.');
  }
  return parseOrRefuse(schema, json, 'body');
}
