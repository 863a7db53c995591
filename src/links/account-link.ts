import { sealLink, unsealLink } from './signed-link.ts';

// The link to the page where a person connects an account at a git host, and the state that a host brings back with
// them. The object says whether either still counts.

export type AccountRef = { conversation: string; link: string };
type Key = { d: string };
type Timed = AccountRef & { expiresAt: number };

const LINK = 'roost account 1';
const STATE = 'roost account state 1';

export function accountUrl(publicUrl: string, key: Key, { conversation, link, expiresAt }: Timed): string {
  return `${publicUrl}/account/${sealLink(LINK, key, { conversation, item: link, expiresAt })}`;
}

/** The token's content, `expired` after its time, or null when `accountUrl` did not make it with this key. */
export const openAccountLink = (token: string, key: Key, now: number): AccountRef | 'expired' | null =>
  open(LINK, token, key, now);

export const sealAccountState = (key: Key, { conversation, link, expiresAt }: Timed): string =>
  sealLink(STATE, key, { conversation, item: link, expiresAt });

/** The same for the state of `sealAccountState`. */
export const openAccountState = (token: string, key: Key, now: number): AccountRef | 'expired' | null =>
  open(STATE, token, key, now);

function open(label: string, token: string, key: Key, now: number): AccountRef | 'expired' | null {
  const ref = unsealLink(label, key, token, now);
  return ref === null || ref === 'expired' ? ref : { conversation: ref.conversation, link: ref.item };
}
