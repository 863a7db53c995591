import { sealLink, unsealLink } from './signed-link.ts';

// The address of a file that the agent sent, for the carrier, which fetches the file, and for the person.

export type MediaRef = { conversation: string; file: string; expiresAt: number };

const LABEL = 'roost media 1';

export function mediaUrl(publicUrl: string, key: { d: string }, { conversation, file, expiresAt }: MediaRef): string {
  return `${publicUrl}/media/${sealLink(LABEL, key, { conversation, item: file, expiresAt })}`;
}

/** The token's content, `expired` after its time, or null when `mediaUrl` did not make the token with this key. */
export function openMediaLink(token: string, key: { d: string }, now: number): MediaRef | 'expired' | null {
  const ref = unsealLink(LABEL, key, token, now);
  if (ref === null || ref === 'expired') return ref;
  const { conversation, item, expiresAt } = ref;
  return { conversation, file: item, expiresAt };
}
