import { type CryptoKey, errors, importJWK, jwtVerify } from 'jose';
import type { Config } from '../../config/config.ts';
import { findKey, type GoOn } from './access-keys.ts';

// Reads the signed assertion of Cloudflare Access: checks it with the team's keys, and names the operator.

/** An e-mail address, or the name of a service token. */
const WHO_CHARS = 200;

/**
 * `who`: the operator's name. `expired`: a login of this team that has ended. Null if the assertion isn't this team's
 * for this application. Throws if the team's keys can't be fetched.
 */
export async function readAssertion(
  token: string,
  config: Config,
  goOn: GoOn,
): Promise<{ who: string } | 'expired' | null> {
  const { ACCESS_TEAM_DOMAIN: domain, ACCESS_AUDIENCE: audience } = config;
  if (domain === undefined || audience === undefined) return null;
  try {
    const expected = { algorithms: ['RS256'], issuer: `https://${domain}`, audience, requiredClaims: ['exp'] };
    const { payload } = await jwtVerify(token, (header: { kid?: string }) => keyOf(domain, header.kid, goOn), expected);
    const who = [payload.email, payload.common_name, payload.sub].find((one) => typeof one === 'string' && one !== '');
    if (typeof who !== 'string') return null;
    // The audit also names ids, 'operator' and 'config'; only an e-mail address can't be taken for one of them.
    return { who: (who.includes('@') ? who : `access: ${who}`).slice(0, WHO_CHARS) };
  } catch (error) {
    // The expiry is checked last, so the signature, the team and the audience are right.
    if (error instanceof errors.JWTExpired) return 'expired';
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

async function keyOf(domain: string, kid: string | undefined, goOn: GoOn): Promise<CryptoKey> {
  const key = await findKey(domain, kid, goOn);
  if (key?.kty !== 'RSA') throw new errors.JWSInvalid('No such key');
  return (await importJWK(key, 'RS256')) as CryptoKey;
}
