import * as z from 'zod';
import type { Vars } from '../dev-vars.ts';

// What is only looked up at Cloudflare, asked of its API directly: wrangler takes seconds for each answer.

const API = 'https://api.cloudflare.com/client/v4';
const CALL_MS = 30_000;
const TRIES = 3;

const Envelope = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })).default([]),
  result: z.unknown(),
});

export type CloudflareAnswer =
  | { kind: 'result'; result: unknown }
  | { kind: 'refused'; code: number; message: string }
  | { kind: 'unreachable' };

/** `path` is below the account. Asked again when Cloudflare has trouble of its own. */
export async function lookUp(vars: Vars, path: string): Promise<CloudflareAnswer> {
  const base = (process.env.CLOUDFLARE_API_BASE_URL || API).replace(/\/+$/, '');
  for (let tries = 1; ; tries++) {
    const answer = await askOnce(`${base}/accounts/${vars.CLOUDFLARE_ACCOUNT_ID ?? ''}${path}`, vars);
    if (answer !== 'again') return answer;
    if (tries === TRIES) return { kind: 'unreachable' };
    await new Promise((done) => setTimeout(done, tries * 1000));
  }
}

async function askOnce(url: string, vars: Vars): Promise<CloudflareAnswer | 'again'> {
  try {
    const headers = { authorization: `Bearer ${vars.CLOUDFLARE_API_TOKEN ?? ''}` };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(CALL_MS) });
    if (response.status >= 500 || response.status === 429) return 'again';
    const { success, errors, result } = Envelope.parse(await response.json());
    if (success) return { kind: 'result', result };
    return { kind: 'refused', code: errors[0]?.code ?? response.status, message: errors[0]?.message ?? 'no reason' };
  } catch {
    return 'again';
  }
}
