import type { Opened } from '../channel.ts';
import { fetchHead, lengthOf, UNCOMPRESSED } from '../fetch-file.ts';
import { authorizationOf, type TwilioAccount } from './account.ts';

// Fetches and deletes attachments at Twilio. The account's password goes only to the configured host and the account's
// own media; the bytes are one redirect away, at an address that is fetched without the password.

/** `loopback`: local runs only; the bytes may be on this machine. */
type MediaHost = { account: TwilioAccount; loopback: boolean };

/** `firstByteMs` limits the wait for each response's head; the caller's `signal` limits the rest. */
export async function fetchMedia(
  host: MediaHost,
  url: string,
  firstByteMs: number,
  signal: AbortSignal,
): Promise<Opened> {
  const address = mediaAddressOf(host.account, url);
  if (address === null) return { kind: 'failed', why: 'elsewhere' };
  try {
    const first = await fetchHead(address, { ...authorizationOf(host.account), ...UNCOMPRESSED }, firstByteMs, signal);
    if (!isRedirect(first)) return sorted(first);
    await first.body?.cancel();
    const target = redirectTarget(first.headers.get('location'), address, host.loopback);
    if (target === null) return { kind: 'failed', why: 'elsewhere' };
    const second = await fetchHead(target, UNCOMPRESSED, firstByteMs, signal);
    if (!isRedirect(second)) return sorted(second);
    await second.body?.cancel();
    return { kind: 'failed', why: 'elsewhere' };
  } catch (error) {
    return { kind: 'retryable', reason: error instanceof Error ? error.name : 'network' };
  }
}

/** True when the file is gone. */
export async function deleteCarrierMedia({ account }: MediaHost, url: string, timeoutMs: number): Promise<boolean> {
  const address = mediaAddressOf(account, url);
  if (address === null) return true;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { method: 'DELETE', headers: authorizationOf(account), redirect: 'manual', signal } as const;
    const response = await fetch(`${address}.json`, options);
    await response.body?.cancel();
    return response.ok || response.status === 404;
  } catch {
    return false;
  }
}

/** The address of one of the account's own files on the configured host, or null for any other. */
export function mediaAddressOf({ apiUrl, accountSid }: TwilioAccount, url: string): string | null {
  const address = URL.parse(url);
  if (address?.username !== '' || address.password !== '') return null;
  const base = new URL(apiUrl);
  const root = `${base.origin}${base.pathname.replace(/\/$/, '')}/2010-04-01/Accounts/${accountSid}/Messages/`;
  const plain = `${address.origin}${address.pathname}`;
  const rest = plain.startsWith(root) ? plain.slice(root.length) : '';
  return /^[A-Za-z0-9]{1,66}\/Media\/[A-Za-z0-9]{1,66}$/.test(rest) ? plain : null;
}

/** The target of an allowed redirect: a public name by https, in local runs also this computer; otherwise null. */
export function redirectTarget(location: string | null, from: string, loopback: boolean): string | null {
  const target = location === null ? null : URL.parse(location, from);
  if (target?.username !== '' || target.password !== '') return null;
  const host = target.hostname.replace(/\.$/, '');
  if (['127.0.0.1', '[::1]', 'localhost'].includes(host)) {
    return loopback && /^https?:$/.test(target.protocol) ? target.href : null;
  }
  if (target.protocol !== 'https:' || target.port !== '') return null;
  return isPublicName(host) ? target.href : null;
}

/**
 * A name with a dot that is not reserved for private use. IP addresses don't count: no carrier serves files from one.
 */
function isPublicName(host: string): boolean {
  if (!/^([a-z0-9_-]+\.)+[a-z][a-z0-9-]*$/i.test(host)) return false;
  return !/\.(localhost|local|internal|intranet|lan|home|corp|private|test|invalid|onion|arpa)$/i.test(host);
}

const isRedirect = ({ status }: Response): boolean => [301, 302, 303, 307, 308].includes(status);

async function sorted(response: Response): Promise<Opened> {
  const { status, body } = response;
  if (response.ok && body) return { kind: 'open', body, length: lengthOf(response) };
  await body?.cancel();
  const mayPass = response.ok || status === 408 || status === 429 || status >= 500;
  return mayPass ? { kind: 'retryable', reason: `HTTP ${status}` } : { kind: 'failed', why: 'gone' };
}
