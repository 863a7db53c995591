import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { Refused, Unreachable } from '../accounts/ask.ts';
import { lookUp } from '../accounts/cloudflare.ts';
import type { Vars } from '../local/dev-vars.ts';
import { RELAY_NAMES, relayVars, SECRET_NAMES, WORKER_NAME } from '../production/prod-vars.ts';
import { accessOf, runWrangler, type WranglerResult } from '../production/wrangler.ts';
import { type ProductionConfig, productionConfig } from './production-config.ts';
import { deployWords } from './words.ts';

// The Worker at Cloudflare: finds the running version, uploads code and configuration as one version, and goes back.
// All changes are made with wrangler. Errors are plain sentences without secrets.

const root = resolve(import.meta.dirname, '../..');
const WORKER_NOT_FOUND = [10007, 10090];
const TOKEN_REFUSED = [10000, 9109, 1000, 6111];

export type Answer<T> = { ok: true; value: T } | { ok: false; reason: string };

const Deployments = z.looseObject({
  deployments: z.array(
    z.looseObject({ versions: z.array(z.looseObject({ version_id: z.string(), percentage: z.number() })).min(1) }),
  ),
});
const Secrets = z.array(z.looseObject({ name: z.string() }));
const Version = z.looseObject({
  resources: z.looseObject({ script_runtime: z.looseObject({ migration_tag: z.string().optional() }) }),
});

export const workerName = (vars: Vars): string => vars.WORKER_NAME || WORKER_NAME;

export const production = (vars: Vars): ProductionConfig =>
  productionConfig(readFileSync(join(root, 'wrangler.toml'), 'utf8'), root, workerName(vars), vars.PUBLIC_URL ?? '');

/** The id of the running version; null when the Worker does not exist yet. */
export async function activeVersion(vars: Vars): Promise<Answer<string | null>> {
  const listed = lookUp(vars, `/workers/scripts/${workerName(vars)}/deployments`).catch((error: unknown) => {
    if (error instanceof Refused && WORKER_NOT_FOUND.includes(error.code ?? 0)) return { deployments: [] };
    throw error;
  });
  return take(listed, (result) => {
    const newest = Deployments.parse(result).deployments[0];
    return newest?.versions.reduce((most, one) => (one.percentage > most.percentage ? one : most)).version_id ?? null;
  });
}

/** Names set at the Worker that have no value in these answers. */
export async function forgottenNames(vars: Vars): Promise<Answer<string[]>> {
  const given = relayVars(vars);
  return take(lookUp(vars, `/workers/scripts/${workerName(vars)}/secrets`), (result) =>
    Secrets.parse(result)
      .map(({ name }) => name)
      .filter((name) => RELAY_NAMES.includes(name) && !(name in given)),
  );
}

/** The last change of Durable Object classes that a version knew. */
export async function migrationOf(vars: Vars, version: string): Promise<Answer<string | null>> {
  return take(
    lookUp(vars, `/workers/scripts/${workerName(vars)}/versions/${version}`),
    (result) => Version.parse(result).resources.script_runtime.migration_tag ?? null,
  );
}

/**
 * `dryRun` only builds and calls nobody. `mark`: the relay answers it, which tells it from the previous version.
 * Returns the id of the new version, which runs at once.
 */
export async function upload(
  vars: Vars,
  how: { tag: string; message: string; mark: string; dryRun?: boolean },
): Promise<Answer<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-deploy-'));
  try {
    const [config, secrets] = [join(folder, 'wrangler.json'), join(folder, 'secrets.json')];
    writeFileSync(config, JSON.stringify({ ...production(vars).config, vars: { DEPLOYMENT: how.mark } }));
    // This way code and configuration are one version, and going back restores both.
    if (!how.dryRun) writeFileSync(secrets, JSON.stringify(relayVars(vars)), { mode: 0o600 });
    const told = how.dryRun ? ['--dry-run'] : ['--secrets-file', secrets, '--tag', how.tag, '--message', how.message];
    const result = await wrangler(vars, ['deploy', '--config', config, ...told]);
    return read(vars, result, (output) => {
      const id = /Current Version ID: ([0-9a-f-]{36})/.exec(output)?.[1];
      if (id === undefined && !how.dryRun) throw new Error('wrangler didn’t report a version');
      return id ?? '';
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function removeNames(vars: Vars, names: readonly string[]): Promise<Answer<null>> {
  const input = JSON.stringify(Object.fromEntries(names.map((name) => [name, null])));
  return read(vars, await wrangler(vars, ['secret', 'bulk', '--name', workerName(vars)], input), () => null);
}

export async function goBack(vars: Vars, version: string): Promise<Answer<null>> {
  const told = ['--name', workerName(vars), '--message', 'The version after it didn’t work', '--yes'];
  return read(vars, await wrangler(vars, ['rollback', version, ...told]), () => null);
}

function wrangler(vars: Vars, args: string[], input?: string): Promise<WranglerResult> {
  return runWrangler(args, { ...accessOf(vars), ...(input === undefined ? {} : { input }) });
}

function read<T>(vars: Vars, result: WranglerResult, of: (output: string) => T): Answer<T> {
  return result.code === 0 ? parsed(() => of(result.stdout)) : { ok: false, reason: problemOf(vars, result) };
}

async function take<T>(asked: Promise<unknown>, of: (result: unknown) => T): Promise<Answer<T>> {
  try {
    const result = await asked;
    return parsed(() => of(result));
  } catch (error) {
    if (error instanceof Unreachable) return { ok: false, reason: deployWords.unreachable };
    if (!(error instanceof Refused)) throw error;
    const isToken = TOKEN_REFUSED.includes(error.code ?? 0);
    return { ok: false, reason: isToken ? deployWords.refusedToken : error.message };
  }
}

function parsed<T>(parse: () => T): Answer<T> {
  try {
    return { ok: true, value: parse() };
  } catch {
    return { ok: false, reason: deployWords.otherShape };
  }
}

/** Wrangler's error without its advice and without secrets. */
export function problemOf(vars: Vars, { stdout, stderr }: WranglerResult): string {
  const text = `${stderr}\n${stdout}`;
  if (TOKEN_REFUSED.some((code) => text.includes(`[code: ${code}]`))) return deployWords.refusedToken;
  if (/fetch failed|ECONNREFUSED|ENOTFOUND|ETIMEDOUT/.test(text)) return deployWords.unreachable;
  const block = /\[ERROR\]([\s\S]*?)(?:If you think this is a bug|To learn more about|🪵|$)/.exec(text)?.[1] ?? text;
  const lines = block.split('\n').map((line) => line.trim());
  const words = lines.filter((line) => line !== '' && !/^A request to the Cloudflare API .* failed\.$/.test(line));
  return deployWords.cloudflareSays(withoutSecrets(vars, words.slice(0, 6).join(' ')));
}

export const withoutSecrets = (vars: Vars, text: string): string =>
  SECRET_NAMES.reduce((left, name) => (vars[name] ? left.replaceAll(vars[name], `‹${name}›`) : left), text);
