import * as z from 'zod';
import type { Vars } from '../dev-vars.ts';
import { askServer } from './ask-server.ts';

// What set-up and teardown ask Cloudflare's API directly. Deploying and putting secrets is wrangler's.

const API = 'https://api.cloudflare.com/client/v4';
const apiBase = (): string => (process.env.CLOUDFLARE_API_BASE_URL || API).replace(/\/+$/, '');

const Envelope = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })).default([]),
  result: z.unknown(),
});

export type CloudflareAnswer =
  | { kind: 'ok'; result: unknown }
  | { kind: 'refused'; status: number; code: number | null; message: string }
  | { kind: 'unreachable'; reason: string };

export async function askCloudflare(
  answers: Vars,
  path: string,
  request: { method?: string; json?: unknown } = {},
): Promise<CloudflareAnswer> {
  const headers = { authorization: `Bearer ${answers.CLOUDFLARE_API_TOKEN ?? ''}` };
  const answer = await askServer(`${apiBase()}${path}`, { ...request, headers });
  if (answer.kind === 'unreachable') return answer;
  const envelope = Envelope.safeParse(answer.body);
  if (envelope.success && envelope.data.success) return { kind: 'ok', result: envelope.data.result };
  const first = envelope.data?.errors[0];
  return { kind: 'refused', status: answer.status, code: first?.code ?? null, message: first?.message ?? 'no reason' };
}

const inAccount = (answers: Vars, path: string): string => `/accounts/${answers.CLOUDFLARE_ACCOUNT_ID ?? ''}${path}`;

export type CloudflareAccount = { id: string; name: string };
export type TokenVerdict =
  | { kind: 'accounts'; accounts: CloudflareAccount[] }
  | { kind: 'wrong' }
  | { kind: 'no-account' }
  | { kind: 'unreachable'; reason: string };

const Accounts = z.array(z.looseObject({ id: z.string(), name: z.string() }));

export async function readToken(answers: Vars): Promise<TokenVerdict> {
  const listed = await askCloudflare(answers, '/accounts?per_page=50');
  if (listed.kind === 'unreachable') return listed;
  if (listed.kind === 'refused') return { kind: 'wrong' };
  const accounts = Accounts.parse(listed.result).map(({ id, name }) => ({ id, name }));
  return accounts.length > 0 ? { kind: 'accounts', accounts } : { kind: 'no-account' };
}

/** Cloudflare’s number for an account in which nobody has turned R2 on. */
const R2_IS_OFF = 10042;

export type Rights = 'ok' | 'no-workers' | 'no-r2' | 'r2-is-off' | { unreachable: string };

/** Whether the token may do in the account what set-up is about to do. */
export async function readRights(answers: Vars): Promise<Rights> {
  const [scripts, buckets] = await Promise.all([
    askCloudflare(answers, inAccount(answers, '/workers/scripts')),
    askCloudflare(answers, inAccount(answers, '/r2/buckets')),
  ]);
  for (const answer of [scripts, buckets]) if (answer.kind === 'unreachable') return { unreachable: answer.reason };
  if (scripts.kind === 'refused') return 'no-workers';
  if (buckets.kind === 'refused') return buckets.code === R2_IS_OFF ? 'r2-is-off' : 'no-r2';
  return 'ok';
}

const Scripts = z.array(z.looseObject({ id: z.string() }));
const Buckets = z.looseObject({ buckets: z.array(z.looseObject({ name: z.string() })) });
const Subdomain = z.looseObject({ subdomain: z.string().min(1) });

export async function workerNames(answers: Vars): Promise<string[]> {
  return Scripts.parse(await resultOf(answers, inAccount(answers, '/workers/scripts'))).map(({ id }) => id);
}

export async function bucketNames(answers: Vars): Promise<string[]> {
  const listed = await resultOf(answers, inAccount(answers, '/r2/buckets?per_page=1000'));
  return Buckets.parse(listed).buckets.map(({ name }) => name);
}

export async function createBucket(answers: Vars, name: string): Promise<void> {
  await resultOf(answers, inAccount(answers, '/r2/buckets'), { method: 'POST', json: { name } });
}

const Objects = z.array(z.looseObject({ key: z.string() }));

/** What it lists is gone when it is listed again, so the first page is the next one. */
export async function emptyBucket(answers: Vars, name: string): Promise<void> {
  const path = inAccount(answers, `/r2/buckets/${name}/objects`);
  for (;;) {
    const listed = await askCloudflare(answers, path);
    if (listed.kind === 'refused' && listed.status === 404) return;
    if (listed.kind !== 'ok') throw new CloudflareProblem(listed);
    const keys = Objects.parse(listed.result).map(({ key }) => key);
    if (keys.length === 0) return;
    for (const key of keys) await resultOf(answers, `${path}/${encodeURIComponent(key)}`, { method: 'DELETE' });
  }
}

/** `kept`: something is in it. */
export async function removeBucket(answers: Vars, name: string): Promise<'removed' | 'kept'> {
  const answer = await askCloudflare(answers, inAccount(answers, `/r2/buckets/${name}`), { method: 'DELETE' });
  if (answer.kind === 'ok' || (answer.kind === 'refused' && answer.status === 404)) return 'removed';
  if (answer.kind === 'refused' && answer.status === 409) return 'kept';
  throw new CloudflareProblem(answer);
}

/** Where the account's Workers are without a domain of their own: `{name}.{this}.workers.dev`; null: none was chosen. */
export async function workersSubdomain(answers: Vars): Promise<string | null> {
  const answer = await askCloudflare(answers, inAccount(answers, '/workers/subdomain'));
  if (answer.kind === 'unreachable') throw new CloudflareProblem(answer);
  return answer.kind === 'ok' ? (Subdomain.safeParse(answer.result).data?.subdomain ?? null) : null;
}

export class CloudflareProblem extends Error {
  constructor(answer: Exclude<CloudflareAnswer, { kind: 'ok' }>) {
    super(
      answer.kind === 'unreachable'
        ? `Cloudflare cannot be reached (${answer.reason}).`
        : `Cloudflare says: ${answer.message} (${answer.code ?? answer.status}).`,
    );
  }
}

async function resultOf(answers: Vars, path: string, request: { method?: string; json?: unknown } = {}) {
  const answer = await askCloudflare(answers, path, request);
  if (answer.kind === 'ok') return answer.result;
  throw new CloudflareProblem(answer);
}
