import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Config } from '../../config/config.ts';

// Who Cloudflare Access says is asking: its signed assertion, checked against the team's keys. The keys are cached for
// ten minutes; a key that isn't among them is looked for at most every 30 s.

const KEYS_FOR_MS = 10 * 60_000;
const KEYS_AGAIN_MS = 30_000;
const ANSWER_MS = 5000;
/** An e-mail address, or the name of a service token. */
const WHO_CHARS = 200;

let known: { domain: string; keys: JWTVerifyGetKey } | undefined;

/** Who it is; null if the assertion isn't this team's for this application now. Throws when the keys can't be had. */
export async function readAssertion(token: string, config: Config): Promise<string | null> {
  const { ACCESS_TEAM_DOMAIN: domain, ACCESS_AUDIENCE: audience } = config;
  if (domain === undefined || audience === undefined) return null;
  if (known?.domain !== domain) known = { domain, keys: keysOf(domain) };
  try {
    const { payload } = await jwtVerify(token, known.keys, {
      algorithms: ['RS256'],
      issuer: `https://${domain}`,
      audience,
      requiredClaims: ['exp'],
    });
    const who = [payload.email, payload.common_name, payload.sub].find((one) => typeof one === 'string' && one !== '');
    return typeof who === 'string' ? who.slice(0, WHO_CHARS) : null;
  } catch (error) {
    const isKeys = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid;
    if (isKeys || !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC') throw error;
    return null;
  }
}

const keysOf = (domain: string): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(`https://${domain}/cdn-cgi/access/certs`), {
    cacheMaxAge: KEYS_FOR_MS,
    cooldownDuration: KEYS_AGAIN_MS,
    timeoutDuration: ANSWER_MS,
  });
