import type { Context } from 'hono';
import type { AppEnv } from '../configuration.ts';
import { type Question, renderQuestion } from './views/layout.ts';

// Asks before what can't be undone. The page's script asks in a dialog and adds `sure` to the press; without a script
// the press comes without it, and the answer is a page with the question, whose button is the same press with `sure`.

/** Null: whoever pressed is sure, or is a script with the token. */
export async function askFirst(c: Context<AppEnv>, question: Omit<Question, 'fields'>): Promise<Response | null> {
  if (c.get('operator').by === 'token') return null;
  const { sure, ...fields } = await c.req.parseBody();
  if (sure === 'yes') return null;
  const texts = Object.entries(fields).flatMap(([name, value]) => (typeof value === 'string' ? [{ name, value }] : []));
  return c.html(renderQuestion({ ...question, fields: texts }));
}
