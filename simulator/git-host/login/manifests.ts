import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { newCode } from '../credentials.ts';
import type { GitHost } from '../host.ts';
import type { App, Permissions } from '../records.ts';

// Makes GitHub Apps from manifests: the page keeps the manifest under a code, and the conversion returns the key once.

type Manifest = {
  name?: string;
  url?: string;
  hook_attributes?: { url?: string };
  redirect_url?: string;
  callback_urls?: string[];
  setup_url?: string;
  default_permissions?: Permissions;
  default_events?: string[];
};

const VALID_MS = 3_600_000;
const waiting = new WeakMap<GitHost, Map<string, { manifest: Manifest; owner: string; until: number }>>();
const openOf = (host: GitHost) => {
  const open = waiting.get(host) ?? new Map();
  waiting.set(host, open);
  return open as Map<string, { manifest: Manifest; owner: string; until: number }>;
};

/** Null if the text is no manifest. */
export function readManifest(text: string): Manifest | null {
  try {
    const read = JSON.parse(text) as Manifest;
    return typeof read.url === 'string' ? read : null;
  } catch {
    return null;
  }
}

export function keepManifest(host: GitHost, owner: string, manifest: Manifest): string {
  const code = newCode();
  openOf(host).set(code, { manifest, owner, until: host.now() + VALID_MS });
  return code;
}

/** Each code is taken once. `pem` is PKCS#1, as GitHub writes it. */
export function takeManifest(host: GitHost, code: string): { app: App; pem: string } | null {
  const kept = openOf(host).get(code);
  openOf(host).delete(code);
  if (!kept || kept.until <= host.now()) return null;
  const { manifest, owner } = kept;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = manifest.name ?? 'App';
  const app: App = {
    id: host.store.newId(),
    slug: name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    name,
    owner,
    clientId: `Iv23li${randomBytes(7).toString('hex')}`,
    clientSecret: randomBytes(20).toString('hex'),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    webhookUrl: manifest.hook_attributes?.url ?? null,
    webhookSecret: randomBytes(20).toString('hex'),
    callbackUrls: manifest.callback_urls ?? [],
    setupUrl: manifest.setup_url ?? null,
    permissions: manifest.default_permissions ?? {},
    events: manifest.default_events ?? [],
  };
  host.store.records.apps.push(app);
  host.store.save();
  return { app, pem: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString() };
}
