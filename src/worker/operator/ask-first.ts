import type { Context } from 'hono';
import type { AppEnv } from '../configuration.ts';
import { type Question, renderQuestion } from './views/layout.ts';

// Asks before what can't be undone. The page's script asks in a dialog and adds `sure` to the press; without a script
// the press comes without it, and the answer is a page with the question, whose button is the same press with `sure`.

/** The page with the question; null if the operator has confirmed. */
export async function askFirst(c: Context<AppEnv>, question: Omit<Question, 'fields'>): Promise<Response | null> {
  if (await isSure(c)) return null;
  const { sure: _, ...fields } = await c.req.parseBody();
  const texts = Object.entries(fields).flatMap(([name, value]) => (typeof value === 'string' ? [{ name, value }] : []));
  return c.html(renderQuestion({ ...question, fields: texts }));
}

/** True if the operator has confirmed. A script with the token needs no question. */
export async function isSure(c: Context<AppEnv>): Promise<boolean> {
  return c.get('operator').by === 'token' || (await c.req.parseBody()).sure === 'yes';
}
