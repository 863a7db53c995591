import type { Context } from 'hono';
import { directoryOf, retryOnce } from '../../objects/namespaces.ts';
import type { AppEnv } from '../configuration.ts';

type Desk = ReturnType<ReturnType<typeof directoryOf>['operators']>;

/** Calls the desk of the operator's page at the directory, in one round trip. */
export async function askDesk<T>(c: Context<AppEnv>, call: (desk: Desk) => Promise<T>): Promise<T> {
  const desk = directoryOf(c.env, c.get('config')).operators();
  try {
    return await call(desk);
  } finally {
    // The types of RPC promises lack it.
    (desk as unknown as Partial<Disposable>)[Symbol.dispose]?.();
  }
}

/** The same for a call that may be repeated. */
export const askDeskAgain: typeof askDesk = (c, call) => retryOnce(() => askDesk(c, call));
