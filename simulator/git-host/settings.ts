import { createPrivateKey } from 'node:crypto';
import { resolve } from 'node:path';
import * as z from 'zod';

// Reads the stand-in's settings from the environment and names every problem at once. Pure.

const required = (name: string) => z.string(`${name} is missing.`);

const schema = z.object({
  GIT_HOST_PORT: z.coerce
    .number('GIT_HOST_PORT must be a number.')
    .int('GIT_HOST_PORT must be a whole number.')
    .min(0, 'GIT_HOST_PORT must be between 0 and 65535.')
    .max(65_535, 'GIT_HOST_PORT must be between 0 and 65535.')
    .default(4040),
  /** The folder for accounts and repositories. */
  GIT_HOST_STATE: required('GIT_HOST_STATE'),
  PUBLIC_URL: z.url({
    protocol: /^https?$/,
    error: 'PUBLIC_URL must be the relay’s address, like http://127.0.0.1:8787.',
  }),
  GITHUB_APP_ID: z.coerce.number('GITHUB_APP_ID must be a number.').optional(),
  GITHUB_APP_SLUG: z.string().optional(),
  GITHUB_APP_PRIVATE_KEY: z.string().optional(),
  GITHUB_CLIENT_ID: z.string().optional(),
  GITHUB_CLIENT_SECRET: z.string().optional(),
  GITHUB_WEBHOOK_SECRET: z.string().optional(),
});

export type OwnApp = {
  id: number;
  slug: string;
  /** PEM. */
  privateKey: string;
  clientId: string;
  clientSecret: string;
  webhookSecret: string | null;
  webhookUrl: string | null;
  callbackUrl: string;
};
export type GitHostSettings =
  | {
      ok: true;
      port: number;
      folder: string;
      callbackUrl: string;
      app: OwnApp | null;
      oauth: { clientId: string; clientSecret: string } | null;
    }
  | { ok: false; problems: string[] };

export function readGitHostSettings(environment: Record<string, string | undefined>, root: string): GitHostSettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) return { ok: false, problems: [...new Set(parsed.error.issues.map(({ message }) => message))] };
  const { data } = parsed;
  const relay = data.PUBLIC_URL.replace(/\/+$/, '');
  const callbackUrl = `${relay}/account/callback`;
  const client = { clientId: data.GITHUB_CLIENT_ID ?? 'local', clientSecret: data.GITHUB_CLIENT_SECRET ?? '' };
  const base = { ok: true as const, port: data.GIT_HOST_PORT, folder: resolve(root, data.GIT_HOST_STATE), callbackUrl };
  if (data.GITHUB_APP_ID === undefined || data.GITHUB_APP_PRIVATE_KEY === undefined)
    return { ...base, app: null, oauth: data.GITHUB_CLIENT_ID === undefined ? null : client };
  const privateKey = readKey(data.GITHUB_APP_PRIVATE_KEY);
  if (privateKey === null)
    return { ok: false, problems: ['GITHUB_APP_PRIVATE_KEY must be the App’s key: PEM, or the base64 of it.'] };
  const app = {
    ...client,
    id: data.GITHUB_APP_ID,
    slug: data.GITHUB_APP_SLUG ?? 'roost',
    privateKey,
    webhookSecret: data.GITHUB_WEBHOOK_SECRET ?? null,
    // The relay takes only signed ones.
    webhookUrl: data.GITHUB_WEBHOOK_SECRET === undefined ? null : `${relay}/webhooks/git`,
    callbackUrl,
  };
  return { ...base, app, oauth: null };
}

function readKey(text: string): string | null {
  const pem = text.includes('-----BEGIN') ? text.replaceAll('\\n', '\n') : Buffer.from(text, 'base64').toString('utf8');
  try {
    createPrivateKey(pem);
    return pem;
  } catch {
    return null;
  }
}
