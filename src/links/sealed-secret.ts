// Seals secrets that a conversation keeps for a person, such as the token of a git host, with AES-GCM. The object, the
// host and the key are the associated data: a sealed secret opens only where it was sealed. With two keys, secrets of
// the previous one still open, and `isOld` says that they are due to be sealed again.

export type SecretKeys = { current: string; previous?: string | undefined };
/** What a secret belongs to. `object`: the id of the person's home. */
export type SecretOf = { object: string; host: string };
export type Opened = { secret: string; isOld: boolean };

const SEALED = /^v1\.([0-9a-f]{8})\.([\w-]{16})\.([\w-]+)$/;
const encoder = new TextEncoder();

export async function sealSecret(keys: SecretKeys, of: SecretOf, secret: string): Promise<string> {
  const key = readKey(keys.current);
  const id = await idOf(key);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const aes = await importKey(key);
  const sealed = await crypto.subtle.encrypt(parametersOf(iv, of, id), aes, encoder.encode(secret));
  return `v1.${id}.${toBase64Url(iv)}.${toBase64Url(new Uint8Array(sealed))}`;
}

/** Null when it was changed, sealed elsewhere, or with a key that is no longer there. */
export async function openSecret(keys: SecretKeys, of: SecretOf, sealed: string): Promise<Opened | null> {
  const [, id = '', iv = '', content = ''] = SEALED.exec(sealed) ?? [];
  for (const spelled of [keys.current, keys.previous]) {
    if (spelled === undefined || id === '') continue;
    const key = readKey(spelled);
    if ((await idOf(key)) !== id) continue;
    try {
      const aes = await importKey(key);
      const opened = await crypto.subtle.decrypt(parametersOf(fromBase64Url(iv), of, id), aes, fromBase64Url(content));
      return { secret: new TextDecoder().decode(opened), isOld: spelled !== keys.current };
    } catch {
      return null;
    }
  }
  return null;
}

const parametersOf = (iv: Bytes, { object, host }: SecretOf, keyId: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: encoder.encode(`roost secret 1\n${object}\n${host}\n${keyId}`),
});

type Bytes = Uint8Array<ArrayBuffer>;

const importKey = (key: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** Tells keys apart, and says nothing about them. */
async function idOf(key: Bytes): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array([...encoder.encode('roost key id '), ...key]));
  return [...new Uint8Array(digest).subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readKey(spelled: string): Bytes {
  const key = fromBase64Url(spelled);
  if (key.length !== 32) throw new RangeError('A key for secrets has 32 bytes.');
  return key;
}

const toBase64Url = (bytes: Bytes): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

const fromBase64Url = (text: string): Bytes =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
