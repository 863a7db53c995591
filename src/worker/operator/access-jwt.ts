import { type CryptoKey, errors, importJWK, type JWK, jwtVerify } from 'jose';
import * as z from 'zod/mini';
import type { Config } from '../../config/config.ts';

// Who Cloudflare Access says is asking: its signed assertion, checked against the team's keys. The keys are cached for
// ten minutes; a key that isn't among them is looked for at most every 30 s.

const KEYS_FOR_MS = 10 * 60_000;
const KEYS_AGAIN_MS = 30_000;
const ANSWER_MS = 5000;
/** An e-mail address, or the name of a service token. */
const WHO_CHARS = 200;

const Certs = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });

let known: { domain: string; at: number; keys: readonly (JWK & { kid: string })[] } | undefined;

/** Who it is; null if the assertion isn't this team's for this application now. Throws when the keys can't be had. */
export async function readAssertion(token: string, config: Config): Promise<string | null> {
  const { ACCESS_TEAM_DOMAIN: domain, ACCESS_AUDIENCE: audience } = config;
  if (domain === undefined || audience === undefined) return null;
  try {
    const expected = { algorithms: ['RS256'], issuer: `https://${domain}`, audience, requiredClaims: ['exp'] };
    const { payload } = await jwtVerify(token, (header: { kid?: string }) => keyOf(domain, header.kid), expected);
    const who = [payload.email, payload.common_name, payload.sub].find((one) => typeof one === 'string' && one !== '');
    return typeof who === 'string' ? who.slice(0, WHO_CHARS) : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

async function keyOf(domain: string, kid: string | undefined): Promise<CryptoKey> {
  const find = (): JWK | undefined =>
    known?.domain === domain ? known.keys.find((key) => key.kid === kid) : undefined;
  const age = known?.domain === domain ? Date.now() - known.at : Number.POSITIVE_INFINITY;
  if (age >= KEYS_FOR_MS || (find() === undefined && age >= KEYS_AGAIN_MS)) {
    const answer = await fetch(`https://${domain}/cdn-cgi/access/certs`, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (!answer.ok) throw new Error(`Cloudflare Access answered ${answer.status} instead of its keys`);
    known = { domain, at: Date.now(), keys: Certs.parse(await answer.json()).keys };
  }
  const key = find();
  if (key?.kty !== 'RSA') throw new errors.JWSInvalid('No such key');
  return (await importJWK(key, 'RS256')) as CryptoKey;
}
