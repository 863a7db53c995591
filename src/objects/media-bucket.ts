import type { OpenedFile } from '../channels/channel.ts';
import { bareTypeOf } from '../channels/media-type.ts';
import { openMediaLink } from '../links/media-link.ts';
import { normaliseUnicode } from '../protocol/linear-text.ts';

// The bucket for files that the agent sends: their keys and their metadata. The conversation's rows say which files
// there are.

/** One conversation's files in the bucket. `linkOf`: the address of a file, valid until `expiresAt` (ms since 1970). */
export type ConversationMedia = {
  bucket: R2Bucket | null;
  keyOf: (file: string) => string;
  linkOf: (file: string, expiresAt: number) => string;
  /** The bytes behind such a link; null when they are gone. */
  open: (link: string) => Promise<OpenedFile | null>;
  /** The object that stored it, also when the link has expired; null for other links. */
  homeOf: (link: string) => string | null;
};

/** The object in such a link. */
export function homeOfLink(link: string, key: { d: string }): string | null {
  const ref = openMediaLink(tokenOf(link), key, 0);
  return ref === null || ref === 'expired' ? null : ref.conversation;
}

const tokenOf = (link: string): string => link.slice(link.lastIndexOf('/') + 1);

/** A merged person's file is still under the id of the object that stored it. */
export async function openLinked(
  bucket: R2Bucket | null,
  link: string,
  key: { d: string },
  now: number,
): Promise<OpenedFile | null> {
  const ref = openMediaLink(tokenOf(link), key, now);
  if (bucket === null || ref === null || ref === 'expired') return null;
  return bucket.get(mediaKeyOf(ref.conversation, ref.file));
}

/** The bucket is optional: without it no files can be sent. */
export const mediaBucketOf = (env: { MEDIA?: R2Bucket | undefined }): R2Bucket | null => env.MEDIA ?? null;

/** Everything of one conversation is under its object's id. */
export const mediaKeyOf = (conversation: string, file: string): string => `outgoing/${conversation}/${file}`;

/** Stored with the file, so that serving it needs no other lookup. */
export const mediaHeadersOf = ({ name, type }: { name: string; type: string }): R2HTTPMetadata => ({
  contentType: contentType(type),
  contentDisposition: disposition(name, type),
});

/** The type that the machine names. Text is UTF-8; a malformed type becomes plain bytes. */
function contentType(type: string): string {
  const bare = bareTypeOf(type);
  if (!/^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,100}$/.test(bare)) return 'application/octet-stream';
  return bare.startsWith('text/') ? `${bare}; charset=utf-8` : bare;
}

/** Inline only for types that cannot run anything. Old clients read the plain name instead of the encoded one. */
function disposition(name: string, type: string): string {
  const shown = /^(image\/(png|jpeg|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/.test(contentType(type));
  const plain = normaliseUnicode(name, 'NFKD').replace(/[^\w .()-]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${shown ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
