import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { readConfig } from '../../src/worker/config.ts';
import type { Vars } from '../dev-vars.ts';
import { relayVars } from '../prod-vars.ts';
import { runWrangler } from '../wrangler.ts';
import { askServer } from './ask-server.ts';

// The relay put on Cloudflare by wrangler: its code, its bindings, its secrets; and whether it then answers. Secrets go
// through stdin.

const root = resolve(import.meta.dirname, '../..');
const ANSWERS_WITHIN_MS = 60_000;
const EVERY_MS = 1_000;

/** The buckets that wrangler.toml binds; the Worker cannot be deployed without them. */
export const BUCKETS = ['roost-media', 'roost-archive'] as const;

export type Deployed = { ok: true } | { ok: false; reason: string };

/** Changes when what the relay is given changes; says nothing about what that is. */
export const relayFingerprint = (answers: Vars): string =>
  createHash('sha256')
    .update(JSON.stringify([answers.WORKER_NAME, Object.entries(relayVars(answers)).sort()]))
    .digest('hex');

export async function deployRelay(answers: Vars): Promise<Deployed> {
  const config = readConfig(relayVars(answers));
  if (!config.ok) return { ok: false, reason: `These answers do not fit: ${config.problems.join('; ')}.` };
  const name = answers.WORKER_NAME ?? '';
  const access = { token: answers.CLOUDFLARE_API_TOKEN ?? '', accountId: answers.CLOUDFLARE_ACCOUNT_ID ?? '' };
  const folder = mkdtempSync(join(tmpdir(), 'roost-deploy-'));
  try {
    const path = join(folder, 'wrangler.toml');
    writeFileSync(path, productionToml(readFileSync(join(root, 'wrangler.toml'), 'utf8'), root));
    const host = new URL(config.config.PUBLIC_URL).hostname;
    const own = /\.workers\.dev$|^127\.0\.0\.1$/.test(host) ? [] : ['--domain', host];
    const deployed = await runWrangler(['deploy', '--config', path, '--name', name, ...own], access);
    if (deployed.code !== 0) return { ok: false, reason: errorsOf(deployed) };
    const input = JSON.stringify(relayVars(answers));
    const put = await runWrangler(['secret', 'bulk', '--name', name], { ...access, input });
    return put.code === 0 ? { ok: true } : { ok: false, reason: errorsOf(put) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Voice notes are transcribed in production only: a local run with this binding would ask for a login. */
export const productionToml = (text: string, from: string): string =>
  `${text.replace(/^main = "(.+)"$/m, (_, main: string) => `main = ${JSON.stringify(resolve(from, main))}`)}\n[ai]\nbinding = "AI"\n`;

/** The lines in which wrangler says what is wrong; secrets are in none of them, but are taken out all the same. */
function errorsOf({ stdout, stderr }: { stdout: string; stderr: string }): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map((line) => line.trim());
  const found = lines.filter((line) => /error/i.test(line)).slice(0, 4);
  return found.length > 0
    ? found.join('\n')
    : lines
        .filter((line) => line !== '')
        .slice(-4)
        .join('\n');
}

const Health = z.looseObject({ ok: z.literal(true), version: z.string() });

/** Whether the relay answers at its address and has taken its configuration: then an unsigned webhook is refused with 403. */
export async function relayAnswers(publicUrl: string, withinMs = ANSWERS_WITHIN_MS): Promise<Deployed> {
  const url = publicUrl.replace(/\/+$/, '');
  let reason = 'no answer';
  for (const until = Date.now() + withinMs; ; ) {
    const health = await askServer(`${url}/healthz`, { timeoutMs: 10_000 });
    if (health.kind === 'unreachable') reason = health.reason;
    else if (!Health.safeParse(health.body).success) reason = `status ${health.status}`;
    else {
      const unsigned = await askServer(`${url}/webhooks/twilio/status`, {
        method: 'POST',
        form: {},
        timeoutMs: 10_000,
      });
      if (unsigned.kind === 'answer' && unsigned.status === 403) return { ok: true };
      reason = unsigned.kind === 'answer' ? `a webhook gets status ${unsigned.status}` : unsigned.reason;
    }
    if (Date.now() > until) return { ok: false, reason };
    await new Promise((done) => setTimeout(done, EVERY_MS));
  }
}
