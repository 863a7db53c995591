import { sealLink, unsealLink } from './signed-link.ts';

// The address of a reading page.

export type PageRef = { conversation: string; page: string; expiresAt: number };

const LABEL = 'roost reading page 1';

export function pageUrl(publicUrl: string, key: { d: string }, { conversation, page, expiresAt }: PageRef): string {
  return `${publicUrl}/read/${sealLink(LABEL, key, { conversation, item: page, expiresAt })}`;
}

/** The token's content, `expired` after its time, or null when `pageUrl` did not make the token with this key. */
export function openPageLink(token: string, key: { d: string }, now: number): PageRef | 'expired' | null {
  const ref = unsealLink(LABEL, key, token, now);
  if (ref === null || ref === 'expired') return ref;
  const { conversation, item, expiresAt } = ref;
  return { conversation, page: item, expiresAt };
}
