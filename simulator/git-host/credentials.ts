import { createPublicKey, randomBytes, verify } from 'node:crypto';
import type { GitHost } from './host.ts';
import type { App, Token, TokenKind } from './records.ts';

// Reads tokens from requests, and makes new tokens with the prefix of their kind.

const PREFIX: Readonly<Record<TokenKind, string>> = {
  classic: 'ghp_',
  'fine-grained': 'github_pat_',
  oauth: 'gho_',
  user: 'ghu_',
  installation: 'ghs_',
  plain: 'token-',
};
const letters = (bytes: number): string =>
  randomBytes(bytes * 2)
    .toString('base64url')
    .replace(/[-_]/g, '')
    .slice(0, bytes);

export function newToken(host: GitHost, given: Pick<Token, 'kind'> & Partial<Token>): Token {
  const token: Token = {
    token: `${PREFIX[given.kind]}${letters(given.kind === 'fine-grained' ? 59 : 36)}`,
    login: null,
    host: 'github.com',
    scopes: [],
    permissions: {},
    repositories: 'all',
    installation: null,
    client: null,
    refresh: null,
    expiresAt: null,
    ...given,
  };
  host.store.records.tokens.push(token);
  host.store.save();
  return token;
}

export const newRefreshToken = (): string => `ghr_${letters(76)}`;
export const newCode = (): string => randomBytes(10).toString('hex');

export type Brought =
  | { kind: 'none' }
  /** Unknown, expired or revoked. */
  | { kind: 'bad' }
  | { kind: 'token'; token: Token };

/** `scheme`: git sends a name and a password; clients of the API also send `Bearer` or `token`. */
export function readAuthorization(host: GitHost, header: string | undefined, scheme: 'git' | 'api'): Brought {
  if (!header) return { kind: 'none' };
  const [, type = '', value = ''] = /^(\S+) +(.+)$/.exec(header) ?? [];
  const basic = type.toLowerCase() === 'basic';
  if (!basic && scheme === 'git') return { kind: 'bad' };
  if (!basic && !['bearer', 'token'].includes(type.toLowerCase())) return { kind: 'bad' };
  const text = basic ? passwordOf(value) : value.trim();
  const token = host.store.token(text);
  if (!token || (token.expiresAt !== null && token.expiresAt <= host.now())) return { kind: 'bad' };
  return { kind: 'token', token };
}

/** GitHub also takes the token as the name, with any password. */
function passwordOf(base64: string): string {
  const [name = '', ...rest] = Buffer.from(base64, 'base64').toString('utf8').split(':');
  const password = rest.join(':');
  return password === '' || password === 'x-oauth-basic' ? name : password;
}

export type AppLogin = { app: App } | { refused: string };

/** Checks an App's own signature: RS256, its id or client id as `iss`, and at most ten minutes ahead. */
export function readAppJwt(host: GitHost, header: string | undefined): AppLogin {
  const jwt = /^bearer +(\S+)$/i.exec(header ?? '')?.[1];
  const [head, claims, signature] = jwt?.split('.') ?? [];
  if (!head || !claims || !signature) return { refused: 'A JSON web token could not be decoded' };
  const [kind, said] = [head, claims].map(decodePart);
  if (!kind || !said || kind.alg !== 'RS256') return { refused: 'A JSON web token could not be decoded' };
  const now = host.now() / 1000;
  const { iss, iat, exp } = said;
  if (typeof exp !== 'number')
    return {
      refused:
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    };
  if (exp <= now) return { refused: "'Expiration time' claim ('exp') is too far in the past" };
  if (exp > now + 600) return { refused: "'Expiration time' claim ('exp') is too far in the future" };
  if (typeof iat !== 'number' || iat > now + 60)
    return {
      refused: "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    };
  const app = host.store.records.apps.find(({ id, clientId }) => String(iss) === String(id) || iss === clientId);
  if (!app) return { refused: "'Issuer' claim ('iss') must be an Integer" };
  const good = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${claims}`),
    createPublicKey(app.publicKey),
    Buffer.from(signature, 'base64url'),
  );
  return good ? { app } : { refused: 'A JSON web token could not be decoded' };
}

function decodePart(part: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    return null;
  }
}
