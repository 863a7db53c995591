import type { Usage } from '../../money/cost.ts';
import { findPricedModel } from '../../money/prices.ts';
import type { ModelTrouble } from '../../money/spending.ts';
import { UsageReader } from './usage-reader.ts';

// Passes the model's answer on unchanged, and tells once what it used: when it is complete, or when either side breaks
// it off.

/** Null for an answer, and for a request that was refused for what it asks. */
export function troubleOf({ status, headers }: Pick<Response, 'status' | 'headers'>): ModelTrouble | null {
  // Something between us and the API refuses in HTML.
  if (status === 403 && !headers.get('content-type')?.includes('json')) return 'overloaded';
  if (status === 401 || status === 403) return 'key';
  if (status === 402) return 'billing';
  // A spend limit says nothing about when to try again.
  if (status === 429) return headers.has('retry-after') ? 'rate' : 'billing';
  return status >= 500 ? 'overloaded' : null;
}

/** `usage` null: nothing of an answer was seen. `isCut`: the answer ended before it said what it used in all. */
export type Used = {
  model: string;
  usage: Usage | null;
  isCut: boolean;
  isFree: boolean;
  trouble: ModelTrouble | null;
};

/** `asked`: the model in the request. `tell` is called once. */
export function readUsage(upstream: Response, asked: string, tell: (used: Used) => void): ReadableStream | null {
  const isFree = !upstream.ok;
  const usage = new UsageReader(upstream.headers.get('content-type') ?? '');
  let isTold = false;
  const end = (): void => {
    if (isTold) return;
    isTold = true;
    const { model, usage: used, extent } = usage.result();
    // The API bills the model that answers; a name that is not in the table has the dearest price anyway.
    const billed = model !== null && findPricedModel(model) !== null ? model : asked;
    const seen = extent === 'none' ? null : used;
    tell({ model: billed, usage: seen, isCut: extent !== 'whole', isFree, trouble: troubleOf(upstream) });
  };
  if (upstream.body === null) {
    end();
    return null;
  }
  const source = upstream.body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await source.read();
        if (value !== undefined) {
          if (!isFree) usage.read(value);
          controller.enqueue(value);
        }
        if (!done) return;
        end();
        controller.close();
      } catch (error) {
        end();
        throw error;
      }
    },
    cancel(reason) {
      end();
      return source.cancel(reason);
    },
  });
}
