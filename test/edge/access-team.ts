import { exports } from 'cloudflare:workers';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { afterEach, beforeEach, inject } from 'vitest';
import { HOUR, MINUTE } from '../../src/units.ts';
import type { useClock } from './clock.ts';
import type { Team } from './key-server.ts';
import { network, vars } from './relay.ts';

// A team of Cloudflare Access in front of the operator's page: its keys, its assertions, and requests that bring them.

const AUDIENCE = 'a'.repeat(64);
export const seconds = (at: number): number => Math.floor(at / 1000);

export const sign = (key: CryptoKey, kid: string, payload: JWTPayload): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid }).sign(key);

export async function ask(assertion: string, init: RequestInit = {}): Promise<Response> {
  const headers = { accept: 'text/html', 'cf-access-jwt-assertion': assertion, ...init.headers };
  return exports.default.fetch('https://relay.example.com/operator/audit', { ...init, headers });
}

/** Another team for each test, because the relay keeps a team's keys. */
export function useAccessTeam(clock: ReturnType<typeof useClock>) {
  const before = { ...vars };
  const elsewhere = globalThis.fetch;
  const keys: JWK[] = [];
  let name = '';
  let count = 0;

  beforeEach(async () => {
    clock.freeze();
    name = `team-${crypto.randomUUID()}`;
    // The wrong tries of the tests before are over.
    clock.move(++count * 2 * MINUTE);
    keys.length = 0;
    await gives();
    const access = { ACCESS_TEAM_DOMAIN: `${name}.cloudflareaccess.com`, ACCESS_AUDIENCE: AUDIENCE };
    Object.assign(vars, { ...access, OPERATOR_TOKEN: '', ADMIN_SENDERS: '' });
    // A team's name leads to the server on loopback.
    globalThis.fetch = (input, init) => {
      const request = new Request(input as RequestInfo, init);
      const { host, pathname } = new URL(request.url);
      if (!host.endsWith('.cloudflareaccess.com')) return elsewhere(request);
      return network(`${inject('keyServer')}/${host.split('.')[0]}${pathname}`, init);
    };
  });
  afterEach(() => {
    Object.assign(vars, before);
    globalThis.fetch = elsewhere;
  });

  /** What the team's address gives out from now on: its keys, unless the test says otherwise. */
  async function gives(answer: Team = {}): Promise<void> {
    const body = JSON.stringify({ body: JSON.stringify({ keys }), ...answer });
    await network(`${inject('keyServer')}/${name}`, { method: 'PUT', body });
  }

  return {
    /** The keys that the team gives out. */
    keys,
    gives,
    /** How often the relay has asked for the keys. */
    asked: async (): Promise<number> => (await network(`${inject('keyServer')}/${name}`)).json(),
    /** A key that the team gives out under this name. */
    async newKey(kid: string): Promise<CryptoKey> {
      const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
      keys.push({ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' });
      await gives();
      return privateKey;
    },
    /** What an assertion of the team says, valid for an hour. */
    claims(change: JWTPayload = {}): JWTPayload {
      const now = Date.now();
      const iss = `https://${name}.cloudflareaccess.com`;
      const made = { iat: seconds(now), exp: seconds(now + HOUR), iss, aud: [AUDIENCE] };
      return { ...made, email: 'ann@example.com', ...change };
    },
  };
}
