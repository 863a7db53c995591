import type * as z from 'zod';
import { Refusal } from './refusal.ts';

/** The value as the schema has it, or a refusal that names what is wrong. */
export function valid<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${[what, ...issue.path].join('.')}: ${issue.message}`);
  throw new Refusal('invalid_request', problems.join('; ').slice(0, 2000));
}
