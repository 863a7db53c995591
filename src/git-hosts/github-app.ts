import * as z from 'zod/mini';
import { GITHUB } from '../git/repository-address.ts';
import { type HostAddresses, webOf } from './addresses.ts';
import { askHost, type HostTrouble } from './ask-host.ts';

// The operator's GitHub App: a person lets it in with their account, and it makes short tokens for one repository.

/** `privateKey`: PKCS#8, as PEM or as base64 of it. */
export type GitHubApp = { id: string; slug: string; privateKey: string; clientId: string; clientSecret: string };

/** A person's token at GitHub. `until`: ms since 1970, null: it has no end. `refresh` renews it, once. */
export type UserToken = { token: string; until: number | null; refresh: string | null };

/** The permissions of every repository's token. Workflows are missing, so GitHub refuses pushes that change them. */
const PERMISSIONS = {
  contents: 'write',
  pull_requests: 'write',
  checks: 'read',
  statuses: 'read',
  metadata: 'read',
} as const;

/** GitHub takes ten minutes at most, and its clock may be behind. */
const JWT_MINUTES = 9;

/** Where the person lets the App read who they are. `state` comes back with them. */
export function authorizeUrl(addresses: HostAddresses, { clientId }: GitHubApp, state: string): string {
  const query = new URLSearchParams({ client_id: clientId, state });
  return `${webOf(addresses, GITHUB)}/login/oauth/authorize?${query}`;
}

/** Where the person chooses repositories for it. */
export const installUrl = (addresses: HostAddresses, { slug }: GitHubApp, state: string): string =>
  `${webOf(addresses, GITHUB)}/apps/${slug}/installations/new?${new URLSearchParams({ state })}`;

const Token = z.object({
  access_token: z.string().check(z.minLength(1)),
  expires_in: z.nullish(z.number()),
  refresh_token: z.nullish(z.string()),
});

export function readUserToken(body: unknown, now: number): UserToken | null {
  const read = Token.safeParse(body);
  if (!read.success) return null;
  const { access_token: token, expires_in: seconds, refresh_token: refresh } = read.data;
  return { token, until: seconds == null ? null : now + seconds * 1000, refresh: refresh ?? null };
}

/** `grant`: the code that the person came back with, or the token that renews theirs. */
export async function takeUserToken(
  addresses: HostAddresses,
  { clientId, clientSecret }: Pick<GitHubApp, 'clientId'> & { clientSecret: string | null },
  grant: { code: string } | { grant_type: 'refresh_token'; refresh_token: string },
  now: number,
): Promise<UserToken | HostTrouble> {
  const secret = clientSecret === null ? {} : { client_secret: clientSecret };
  const json = { client_id: clientId, ...secret, ...grant };
  const answer = await askHost(`${webOf(addresses, GITHUB)}/login/oauth/access_token`, {
    method: 'POST',
    authorization: null,
    json,
  });
  if (!answer.ok) return answer.trouble;
  // GitHub answers 200 also when it refuses.
  return readUserToken(answer.body, now) ?? 'refused';
}

const Installations = z.object({ installations: z.array(z.object({ id: z.int() })) });

/** The installations that this person may use, by GitHub's own word. `authorization`: of the person's token. */
export async function readInstallations(
  { api }: HostAddresses,
  authorization: string,
): Promise<number[] | HostTrouble> {
  const answer = await askHost(`${api}/user/installations?per_page=100`, { authorization });
  if (!answer.ok) return answer.trouble;
  const read = Installations.safeParse(answer.body);
  return read.success ? read.data.installations.map(({ id }) => id) : 'down';
}

const Installation = z.object({ id: z.int() });
const Made = z.object({ token: z.string(), expires_at: z.string() });
const Pushable = z.object({ id: z.int(), permissions: z.object({ push: z.boolean() }) });

/** A token for this repository alone, if the person may push to it and the App is installed there. */
export async function makeRepositoryToken(
  { api }: HostAddresses,
  app: GitHubApp,
  { path, userToken, now }: { path: string; userToken: string; now: number },
): Promise<{ token: string; until: number } | HostTrouble> {
  // The person's right is asked for anew with each token: it may have been taken away.
  const theirs = await askHost(`${api}/repos/${path}`, { authorization: `Bearer ${userToken}` });
  if (!theirs.ok) return theirs.trouble;
  const repository = Pushable.safeParse(theirs.body);
  if (!repository.success || !repository.data.permissions.push) return 'forbidden';
  const authorization = `Bearer ${await signJwt(app, now)}`;
  const found = await askHost(`${api}/repos/${path}/installation`, { authorization });
  if (!found.ok) return found.trouble === 'refused' ? 'down' : found.trouble;
  const installation = Installation.safeParse(found.body);
  if (!installation.success) return 'down';
  const json = { repository_ids: [repository.data.id], permissions: PERMISSIONS };
  const url = `${api}/app/installations/${installation.data.id}/access_tokens`;
  const made = await askHost(url, { method: 'POST', authorization, json });
  if (!made.ok) return made.trouble === 'refused' ? 'down' : made.trouble;
  const read = Made.safeParse(made.body);
  return read.success ? { token: read.data.token, until: Date.parse(read.data.expires_at) } : 'down';
}

/** Proves to GitHub that the App asks (RS256). */
export async function signJwt({ id, privateKey }: Pick<GitHubApp, 'id' | 'privateKey'>, now: number): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const claims = { iat: seconds - 60, exp: seconds + JWT_MINUTES * 60, iss: id };
  const content = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => encode(JSON.stringify(part))).join('.');
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('pkcs8', readPrivateKey(privateKey), rsa, false, ['sign']);
  const signature = await crypto.subtle.sign(rsa.name, key, new TextEncoder().encode(content));
  return `${content}.${encode(String.fromCharCode(...new Uint8Array(signature)))}`;
}

const encode = (text: string): string => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

/** The bytes of a PKCS#8 key; throws when it isn't one. */
export function readPrivateKey(text: string): Uint8Array<ArrayBuffer> {
  const pem = text.includes('-----') ? text : atob(text.replace(/\s/g, ''));
  const [, body] =
    /^\s*-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/.exec(
      pem.replaceAll('\\n', '\n'),
    ) ?? [];
  if (body === undefined) throw new RangeError('The App’s private key is not PKCS#8.');
  return Uint8Array.from(atob(body.replace(/\s/g, '')), (character) => character.charCodeAt(0));
}
