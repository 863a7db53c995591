import { sealLink, unsealLink } from './signed-link.ts';

// The address of a copy made by /export. The object says whether the link was used.

export type ExportRef = { conversation: string; link: string };

const LABEL = 'roost export 1';

export function exportUrl(
  publicUrl: string,
  key: { d: string },
  { conversation, link, expiresAt }: ExportRef & { expiresAt: number },
): string {
  return `${publicUrl}/export/${sealLink(LABEL, key, { conversation, item: link, expiresAt })}`;
}

/** The token's content, `expired` after its time, or null when `exportUrl` did not make the token with this key. */
export function openExportLink(token: string, key: { d: string }, now: number): ExportRef | 'expired' | null {
  const ref = unsealLink(LABEL, key, token, now);
  return ref === null || ref === 'expired' ? ref : { conversation: ref.conversation, link: ref.item };
}
