import { sealLink, unsealLink } from './signed-link.ts';

// The address of a file the agent sent: for the carrier, which fetches it, and for the person.

export type MediaRef = { conversation: string; file: string; expiresAt: number };

const LABEL = 'roost media 1';

export function mediaUrl(publicUrl: string, key: { d: string }, { conversation, file, expiresAt }: MediaRef): string {
  return `${publicUrl}/media/${sealLink(LABEL, key, { conversation, item: file, expiresAt })}`;
}

/** What the token names, `expired` once its time is over, or null for whatever was not made by `mediaUrl` with this key. */
export function openMediaLink(token: string, key: { d: string }, now: number): MediaRef | 'expired' | null {
  const ref = unsealLink(LABEL, key, token, now);
  if (ref === null || ref === 'expired') return ref;
  const { conversation, item, expiresAt } = ref;
  return { conversation, file: item, expiresAt };
}
