import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

// Recognises addresses of this computer and its network. An agent's commands may never reach them, whatever the person
// says. Keeps nothing.

const RANGES: readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2001::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];
const PRIVATE = new BlockList();
for (const [address, prefix, family] of RANGES) PRIVATE.addSubnet(address, prefix, family);

/** Names of this computer and its network. The network completes a name without a dot. */
const PRIVATE_NAME = /^[^.]*$|(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/;

const bare = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');

function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  // BlockList recognises IPv4 addresses in IPv6 form.
  return family === 0 || PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether the name alone is private. */
export function isPrivateHost(host: string): boolean {
  const name = bare(host);
  return isIP(name) === 0 ? PRIVATE_NAME.test(name) : isPrivateAddress(name);
}

export type Resolve = (name: string) => Promise<readonly { address: string }[]>;
const resolveAll: Resolve = (name) => lookup(name, { all: true });

/** The addresses of a host; null if its name or one of them is private. An unknown name has no addresses. */
export async function resolvePublic(host: string, resolve: Resolve = resolveAll): Promise<string[] | null> {
  if (isPrivateHost(host)) return null;
  const found = await resolve(bare(host)).catch(() => []);
  const addresses = found.map(({ address }) => address);
  return addresses.some(isPrivateAddress) ? null : addresses;
}
