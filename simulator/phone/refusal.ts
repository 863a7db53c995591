import type * as z from 'zod';

/** The answer to a request of the page that is wrong. */
export const refusal = (error: z.ZodError): { error: string } => ({
  error: error.issues[0]?.message ?? 'The phone page sent something invalid. Reload the page.',
});
