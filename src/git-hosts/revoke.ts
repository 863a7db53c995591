import { type HostAddresses, isGitHub, webOf } from './addresses.ts';
import { askHost } from './ask-host.ts';

// Asks a host to end tokens that Roost has deleted. Not every host can; false if this one did not.

export async function revokeTokens(
  addresses: HostAddresses,
  host: string,
  tokens: readonly string[],
): Promise<boolean> {
  if (isGitHub(host)) {
    const json = { credentials: tokens };
    return (await askHost(`${addresses.api}/credentials/revoke`, { method: 'POST', authorization: null, json })).ok;
  }
  const url = `${webOf(addresses, host)}/api/v4/personal_access_tokens/self`;
  const asked = tokens.map((token) => askHost(url, { method: 'DELETE', authorization: `Bearer ${token}` }));
  return (await Promise.all(asked)).every(({ ok }) => ok);
}
