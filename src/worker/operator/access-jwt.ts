import { type CryptoKey, errors, importJWK, jwtVerify } from 'jose';
import type { Config } from '../../config/config.ts';
import { findKey, type GoOn } from './access-keys.ts';

// Who Cloudflare Access says is asking: its signed assertion, checked against the team's keys.

/** An e-mail address, or the name of a service token. */
const WHO_CHARS = 200;

/**
 * Who it is. `expired`: whoever it was, their login is over. Null if the assertion isn't this team's for this application.
 * Throws when the keys can't be had.
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
    // Only an e-mail address is like nothing else that the audit names.
    return { who: (who.includes('@') ? who : `access: ${who}`).slice(0, WHO_CHARS) };
  } catch (error) {
    // It is looked at last: the signature, the team and the audience are right.
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
