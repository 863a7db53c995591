import { type CryptoKey, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';

// Ed25519 tokens. The relay holds the private key; machines hold public keys only (two, while a key is rotated).
// No `nbf`; 60 s clock tolerance; the algorithm is fixed, never read from the token.

/** `attempt`: the only attempt that may use this token for the model. */
export type TokenClaims = { audience: string; conversation: string; attempt?: string };
export type TokenCheck =
  | { ok: true; conversation: string; attempt: string | null; issuedAt: number; expiresAt: number }
  | { ok: false; reason: string };

/** Audience of the tokens a machine presents to the model gateway. */
export const MODEL_AUDIENCE = 'roost-model';

/** Audience of the tokens that a machine presents to the connect gateway. */
export const CONNECT_AUDIENCE = 'roost-connect';

const ISSUER = 'roost-relay';
const TOLERANCE_S = 60;

// Imported keys, because importing takes longer than signing. A key is one object for as long as the process or isolate
// lives. The maps hold keys and no promises: a promise belongs to the request that made it.
const privateKeys = new WeakMap<JWK, CryptoKey>();
const publicKeys = new WeakMap<JWK, CryptoKey>();

async function importOnce(known: WeakMap<JWK, CryptoKey>, key: JWK, part: JWK): Promise<CryptoKey> {
  const imported = known.get(key) ?? ((await importJWK(part, 'EdDSA')) as CryptoKey);
  known.set(key, imported);
  return imported;
}

/** Signs a token for `claims`; `now` and `ttlMs` in milliseconds, `ttlMs` at least two minutes. */
export async function signToken(key: JWK, claims: TokenClaims, now: number, ttlMs: number): Promise<string> {
  const privateKey = await importOnce(privateKeys, key, key);
  const issued = Math.floor(now / 1000);
  return new SignJWT(claims.attempt === undefined ? {} : { attempt: claims.attempt })
    .setProtectedHeader({ alg: 'EdDSA', ...(key.kid ? { kid: key.kid } : {}) })
    .setIssuer(ISSUER)
    .setAudience(claims.audience)
    .setSubject(claims.conversation)
    .setIssuedAt(issued)
    .setExpirationTime(issued + Math.max(120, Math.floor(ttlMs / 1000)))
    .sign(privateKey);
}

/** A token is given again during this part of its life: most of it must be left to whoever gets it. */
const AGAIN_PART = 1 / 4;

/** `expiresAt`: ms since 1970. */
export type SignedToken = { token: string; expiresAt: number };

/**
 * Signs tokens, and gives the last one of an audience again while it is young, because signing takes longer than the
 * rest of a call.
 */
export class TokenSigner {
  readonly #key: JWK;
  readonly #last = new Map<string, SignedToken & { claims: TokenClaims; signedAt: number }>();

  constructor(key: JWK) {
    this.#key = key;
  }

  /** As signToken(). The token lives for at least three quarters of `ttlMs`. */
  async sign(claims: TokenClaims, now: number, ttlMs: number): Promise<SignedToken> {
    const last = this.#last.get(claims.audience);
    const isSame = last?.claims.conversation === claims.conversation && last.claims.attempt === claims.attempt;
    const isYoung = last && now >= last.signedAt && now < last.signedAt + ttlMs * AGAIN_PART;
    if (last && isSame && isYoung) return last;
    const token = await signToken(this.#key, claims, now, ttlMs);
    const signed = { token, expiresAt: now + ttlMs, claims, signedAt: now };
    this.#last.set(claims.audience, signed);
    return signed;
  }
}

/** Checks a token against each key in turn. The reason is for the operator's log, never for the caller. */
export async function checkToken(
  token: string,
  keys: readonly JWK[],
  audience: string,
  now: number,
): Promise<TokenCheck> {
  let reason = 'no key';
  for (const key of keys) {
    try {
      const publicKey = await importOnce(publicKeys, key, publicPartOf(key));
      const { payload } = await jwtVerify(token, publicKey, {
        algorithms: ['EdDSA'],
        issuer: ISSUER,
        audience,
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(now),
        requiredClaims: ['sub', 'exp', 'iat'],
      });
      const attempt = typeof payload.attempt === 'string' ? payload.attempt : null;
      const { sub, iat, exp } = payload as Required<typeof payload>;
      return { ok: true, conversation: sub, attempt, issuedAt: iat * 1000, expiresAt: exp * 1000 };
    } catch (error) {
      reason = error instanceof Error ? error.message : 'unreadable';
    }
  }
  return { ok: false, reason };
}

/** The half of a key that may leave the relay. */
export function publicPartOf(key: JWK): JWK {
  const { d: _private, ...rest } = key;
  return rest;
}
