import { sealLink, unsealLink } from './signed-link.ts';

// The address of a diff's page.

export type DiffRef = { conversation: string; diff: string; expiresAt: number };

const LABEL = 'roost diff page 1';

export function diffUrl(publicUrl: string, key: { d: string }, { conversation, diff, expiresAt }: DiffRef): string {
  return `${publicUrl}/diff/${sealLink(LABEL, key, { conversation, item: diff, expiresAt })}`;
}

/** The token's content, `expired` after its time, or null when `diffUrl` did not make the token with this key. */
export function openDiffLink(token: string, key: { d: string }, now: number): DiffRef | 'expired' | null {
  const ref = unsealLink(LABEL, key, token, now);
  if (ref === null || ref === 'expired') return ref;
  const { conversation, item, expiresAt } = ref;
  return { conversation, diff: item, expiresAt };
}
