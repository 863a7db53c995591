import * as z from 'zod';
import type { Vars } from '../local/dev-vars.ts';
import { type Asked, addressOf, ask, bearer, Refused } from './ask.ts';

// The Cloudflare account of the answers, asked directly: wrangler, which deploys and puts secrets, takes seconds for
// each answer and lists no objects.

const API = 'https://api.cloudflare.com/client/v4';

const Envelope = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })).default([]),
  result: z.unknown(),
  result_info: z
    .looseObject({
      cursor: z.string().nullish(),
      cursors: z.looseObject({ after: z.string().nullish() }).nullish(),
    })
    .nullish(),
});

type Request = Pick<Asked, 'method' | 'json' | 'tries'>;

async function call(vars: Vars, path: string, request: Request = {}): Promise<z.infer<typeof Envelope>> {
  const url = `${addressOf(vars.CLOUDFLARE_API_BASE_URL, API)}${path}`;
  const answer = await ask(url, { ...request, headers: bearer(vars.CLOUDFLARE_API_TOKEN) });
  const envelope = Envelope.safeParse(answer.json);
  if (envelope.success && envelope.data.success) return envelope.data;
  const first = envelope.data?.errors[0];
  throw new Refused('Cloudflare', answer.status, first?.code ?? null, first?.message ?? 'no reason');
}

const inAccount = (vars: Vars, path: string): string => `/accounts/${vars.CLOUDFLARE_ACCOUNT_ID ?? ''}${path}`;
const resultOf = async (vars: Vars, path: string, request: Request = {}): Promise<unknown> =>
  (await call(vars, inAccount(vars, path), request)).result;

/** What `npm run deploy` depends on: asked again when Cloudflare has trouble of its own. */
export const lookUp = (vars: Vars, path: string): Promise<unknown> => resultOf(vars, path, { tries: 3 });

export type CloudflareAccount = { id: string; name: string };
const Accounts = z.array(z.looseObject({ id: z.string(), name: z.string() }));

/** The accounts that the token can see. */
export async function readAccounts(vars: Vars): Promise<CloudflareAccount[] | 'wrong'> {
  try {
    return Accounts.parse((await call(vars, '/accounts?per_page=50')).result).map(({ id, name }) => ({ id, name }));
  } catch (error) {
    if (error instanceof Refused && error.status < 500 && error.status !== 429) return 'wrong';
    throw error;
  }
}

/** Cloudflare’s number for an account in which nobody has turned R2 on. */
const R2_IS_OFF = 10042;

/** Whether the token has the permissions that setup needs in the account. */
export async function readRights(vars: Vars): Promise<'ok' | 'no-workers' | 'no-r2' | 'r2-is-off'> {
  const refusal = (path: string): Promise<Refused | null> =>
    resultOf(vars, path).then(
      () => null,
      (error: unknown) => {
        if (error instanceof Refused) return error;
        throw error;
      },
    );
  const [scripts, buckets] = await Promise.all([refusal('/workers/scripts'), refusal('/r2/buckets')]);
  if (scripts) return 'no-workers';
  if (buckets) return buckets.code === R2_IS_OFF ? 'r2-is-off' : 'no-r2';
  return 'ok';
}

const Scripts = z.array(z.looseObject({ id: z.string() }));
const Buckets = z.looseObject({ buckets: z.array(z.looseObject({ name: z.string() })) });
const Subdomain = z.looseObject({ subdomain: z.string().min(1) });

export const workerNames = async (vars: Vars): Promise<string[]> =>
  Scripts.parse(await resultOf(vars, '/workers/scripts')).map(({ id }) => id);

export const bucketNames = async (vars: Vars): Promise<string[]> =>
  Buckets.parse(await resultOf(vars, '/r2/buckets?per_page=1000')).buckets.map(({ name }) => name);

export async function createBucket(vars: Vars, name: string): Promise<void> {
  await resultOf(vars, '/r2/buckets', { method: 'POST', json: { name } });
}

const Keys = z.array(z.looseObject({ key: z.string() }));

/** Listed objects are deleted before the next listing, so the next page is always the first. */
export async function emptyBucket(vars: Vars, name: string): Promise<void> {
  const path = `/r2/buckets/${name}/objects`;
  for (;;) {
    const listed = await resultOf(vars, path).catch(unless(404, []));
    const keys = Keys.parse(listed).map(({ key }) => key);
    if (keys.length === 0) return;
    for (const key of keys) await resultOf(vars, `${path}/${encodeURIComponent(key)}`, { method: 'DELETE' });
  }
}

/** `kept`: the bucket is not empty. */
export async function removeBucket(vars: Vars, name: string): Promise<'removed' | 'kept'> {
  const removed = resultOf(vars, `/r2/buckets/${name}`, { method: 'DELETE' }).then(() => 'removed' as const);
  return removed.catch(unless(404, 'removed' as const)).catch(unless(409, 'kept' as const));
}

/**
 * The account's subdomain in `{name}.{subdomain}.workers.dev`, for Workers without their own domain; null when unset.
 */
export async function workersSubdomain(vars: Vars): Promise<string | null> {
  const chosen = await resultOf(vars, '/workers/subdomain').catch((error: unknown) => {
    if (error instanceof Refused) return null;
    throw error;
  });
  return Subdomain.safeParse(chosen).data?.subdomain ?? null;
}

const unless =
  <T>(status: number, then: T) =>
  (error: unknown): T => {
    if (error instanceof Refused && error.status === status) return then;
    throw error;
  };

const Namespaces = z.array(
  z.looseObject({ id: z.string(), script: z.string().nullish(), class: z.string().nullish() }),
);
const Objects = z.array(z.looseObject({ id: z.string(), hasStoredData: z.boolean().nullish() }));
const NAMESPACES = '/workers/durable_objects/namespaces';
const PAGE = 1000;

/** The ids of a Worker's objects of one class, page by page; null when the class does not exist. */
export async function objectsOf(
  vars: Vars,
  worker: string,
  className: string,
): Promise<AsyncGenerator<string[]> | null> {
  const spaces = Namespaces.parse(await resultOf(vars, `${NAMESPACES}?per_page=1000`));
  const space = spaces.find((one) => one.script === worker && one.class === className);
  return space ? pages(vars, inAccount(vars, `${NAMESPACES}/${space.id}/objects`)) : null;
}

async function* pages(vars: Vars, path: string): AsyncGenerator<string[]> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor === '' ? {} : { cursor }) });
    const page: z.infer<typeof Envelope> = await call(vars, `${path}?${query}`);
    yield Objects.parse(page.result).flatMap(({ id, hasStoredData }) => (hasStoredData === false ? [] : [id]));
    cursor = page.result_info?.cursor || page.result_info?.cursors?.after || null;
  }
}
