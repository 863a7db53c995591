import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readConfig } from '../../src/config/config.ts';
import type { Vars } from '../local/dev-vars.ts';
import { relayVars } from '../production/prod-vars.ts';
import { isLoopbackHost, PRODUCTION_ENTRY } from './production-config.ts';
import { deployWords } from './words.ts';
import { production, workerName } from './worker.ts';

// Checks the answers, wrangler.toml and the checkout before the first call to Cloudflare.

const root = resolve(import.meta.dirname, '../..');

/** Every problem at once. */
export function problemsOf(vars: Vars): string[] {
  const config = readConfig(relayVars(vars));
  const url = config.ok ? new URL(config.config.PUBLIC_URL) : null;
  const entry = url ? production(vars).main : PRODUCTION_ENTRY;
  return [
    ...(vars.CLOUDFLARE_API_TOKEN ? [] : [deployWords.noToken]),
    ...(vars.CLOUDFLARE_ACCOUNT_ID ? [] : [deployWords.noAccount]),
    ...(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(workerName(vars)) ? [] : [deployWords.workerName]),
    ...(vars.LOCAL_MODE === '1' ? [deployWords.localMode] : []),
    ...(config.ok ? [] : config.problems),
    // Over http, people's texts and a bearer token would travel unencrypted.
    ...(url && url.protocol !== 'https:' && !isLoopbackHost(url.hostname) ? [deployWords.notHttps] : []),
    ...(entry === PRODUCTION_ENTRY ? [] : [deployWords.otherEntry(entry)]),
  ];
}

export const packageVersion = (): string => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
};

export type Checkout = { commit: string | null; changes: number };

export function checkout(): Checkout {
  const git = (...args: string[]): string | null => {
    try {
      return execFileSync('git', args, {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 20_000,
      });
    } catch {
      return null;
    }
  };
  const commit = git('rev-parse', '--short=12', 'HEAD')?.trim() ?? null;
  const changed = commit === null ? '' : (git('status', '--porcelain') ?? '');
  return { commit, changes: changed.split('\n').filter((line) => line !== '').length };
}

/** The version's tag and message at Cloudflare: at most 25 and 100 characters. */
export function labels({ commit, changes }: Checkout, version: string): { tag: string; message: string } {
  const what = commit === null ? version : `${commit}${changes === 0 ? '' : '-changed'}`;
  return { tag: what.slice(0, 25), message: `Roost ${version}, ${what}`.slice(0, 100) };
}
