import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { ulidToUUID, uuidToULID } from 'ulid';

// Packs and checks signed links in 91 characters: a conversation, one of its items, an expiry date and a signature.
// Keeps nothing. Links survive a restart because their key is derived from the relay's own, with a separate label, and
// so a separate key, for each kind of link.

export type Ref = { conversation: string; item: string; expiresAt: number };

/** 32 bytes of the object's id, 16 of the item's, 4 of the time in seconds. */
const CONTENT_BYTES = 52;
/** Half of SHA-256: 128 bits cannot be guessed. */
const SIGNATURE_BYTES = 16;
const TOKEN = /^[\w-]{91}$/;

/** `expiresAt` is rounded down to whole seconds, so no link works too long. */
export function sealLink(label: string, key: { d: string }, { conversation, item, expiresAt }: Ref): string {
  const seconds = Math.floor(expiresAt / 1000)
    .toString(16)
    .padStart(8, '0');
  const content = fromHex(conversation + ulidToUUID(item).replaceAll('-', '') + seconds);
  if (content.length !== CONTENT_BYTES) throw new RangeError('A link needs an object id, a ULID and a date.');
  return toBase64Url(new Uint8Array([...content, ...signature(content, label, key)]));
}

/** The token's content, `expired` after its time, or null when it was not sealed with this label and key. */
export function unsealLink(label: string, key: { d: string }, token: string, now: number): Ref | 'expired' | null {
  if (!TOKEN.test(token)) return null;
  const bytes = fromBase64Url(token);
  // The last character has two spare bits: only one spelling of a token is valid.
  if (toBase64Url(bytes) !== token) return null;
  const content = bytes.subarray(0, CONTENT_BYTES);
  if (!timingSafeEqual(bytes.subarray(CONTENT_BYTES), signature(content, label, key))) return null;
  const hex = toHex(content);
  const expiresAt = Number.parseInt(hex.slice(96), 16) * 1000;
  if (now >= expiresAt) return 'expired';
  const uuid = hex.slice(64, 96).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return { conversation: hex.slice(0, 64), item: uuidToULID(uuid), expiresAt };
}

function signature(content: Uint8Array, label: string, key: { d: string }): Uint8Array {
  const derived = new Uint8Array(hkdfSync('sha256', fromBase64Url(key.d), new Uint8Array(), label, 32));
  return createHmac('sha256', derived).update(content).digest().subarray(0, SIGNATURE_BYTES);
}

const toHex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

const fromBase64Url = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
