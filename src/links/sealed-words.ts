import { createHmac, hkdfSync } from 'node:crypto';

// Seals short secrets (PINs, codes) so that what is stored is of no use without the deployment's key.

/** Hex. `label` keeps the uses apart: the same words give another result under another label. */
export function sealWords(label: string, key: { d: string }, words: string): string {
  const derived = new Uint8Array(hkdfSync('sha256', new TextEncoder().encode(key.d), new Uint8Array(), label, 32));
  const sealed = new Uint8Array(createHmac('sha256', derived).update(new TextEncoder().encode(words)).digest());
  return [...sealed].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
