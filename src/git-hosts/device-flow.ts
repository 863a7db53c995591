import * as z from 'zod/mini';
import { GITHUB } from '../git/repository-address.ts';
import { type HostAddresses, webOf } from './addresses.ts';
import { askHost, type HostTrouble } from './ask-host.ts';
import { readUserToken, type UserToken } from './github-app.ts';

// GitHub's device flow: the person types a short code at GitHub, and Roost asks until they have.

/** Repositories, and nothing else: workflow files need a scope of their own. */
const SCOPE = 'repo';

const Code = z.object({
  device_code: z.string().check(z.minLength(1), z.maxLength(500)),
  user_code: z.string().check(z.regex(/^[A-Z0-9-]{4,20}$/i)),
  verification_uri: z.string().check(z.startsWith('http'), z.maxLength(200)),
  expires_in: z.number().check(z.positive()),
  interval: z.nullish(z.number()),
});
export type DeviceCode = { device: string; code: string; address: string; forMs: number; intervalMs: number };

export async function askDeviceCode(addresses: HostAddresses, clientId: string): Promise<DeviceCode | HostTrouble> {
  const json = { client_id: clientId, scope: SCOPE };
  const url = `${webOf(addresses, GITHUB)}/login/device/code`;
  const answer = await askHost(url, { method: 'POST', authorization: null, json });
  if (!answer.ok) return answer.trouble;
  const read = Code.safeParse(answer.body);
  if (!read.success) return 'refused';
  const { device_code: device, user_code: code, verification_uri: address, expires_in, interval } = read.data;
  return { device, code, address, forMs: expires_in * 1000, intervalMs: (interval ?? 5) * 1000 };
}

/** wait: not yet · slower: not yet, and Roost asks too often · over: the code's time · denied: by the person. */
export type DeviceAnswer = { is: 'token'; token: UserToken } | { is: 'wait' | 'slower' | 'over' | 'denied' | 'down' };

const Refused = z.object({ error: z.string() });

export async function pollDevice(
  addresses: HostAddresses,
  clientId: string,
  device: string,
  now: number,
): Promise<DeviceAnswer> {
  const json = { client_id: clientId, device_code: device, grant_type: 'urn:ietf:params:oauth:grant-type:device_code' };
  const url = `${webOf(addresses, GITHUB)}/login/oauth/access_token`;
  const answer = await askHost(url, { method: 'POST', authorization: null, json });
  if (!answer.ok) return { is: answer.trouble === 'limited' ? 'slower' : 'down' };
  const token = readUserToken(answer.body, now);
  if (token !== null) return { is: 'token', token };
  switch (Refused.safeParse(answer.body).data?.error) {
    case 'authorization_pending':
      return { is: 'wait' };
    case 'slow_down':
      return { is: 'slower' };
    case 'expired_token':
      return { is: 'over' };
    case 'access_denied':
      return { is: 'denied' };
    default:
      return { is: 'over' };
  }
}
