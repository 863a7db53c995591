import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Vars } from '../local/dev-vars.ts';

// Runs the pinned wrangler. It gets only the environment listed here and a HOME that is thrown away, so that nobody's
// login or settings take part. The token travels in the environment, other secrets through stdin or a file, never on
// the command line, which everybody on this computer can read.

export type WranglerOptions = {
  token: string;
  accountId: string;
  /** An alternative address of Cloudflare's API. */
  apiBase?: string | undefined;
  /** Its stdin. */
  input?: string;
  /** The folder with wrangler.toml. Default: this project. */
  folder?: string;
  timeoutMs?: number;
};

export const accessOf = (vars: Vars): WranglerOptions => ({
  token: vars.CLOUDFLARE_API_TOKEN ?? '',
  accountId: vars.CLOUDFLARE_ACCOUNT_ID ?? '',
  apiBase: vars.CLOUDFLARE_API_BASE_URL,
});

export type WranglerResult = { code: number; stdout: string; stderr: string };

const root = resolve(import.meta.dirname, '../..');
const PASSED_ON = [
  'PATH',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_COMPILE_CACHE',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
];
/** An upload over a slow line takes a minute or two. */
const TIMEOUT_MS = 300_000;

export function runWrangler(args: readonly string[], options: WranglerOptions): Promise<WranglerResult> {
  const home = mkdtempSync(join(tmpdir(), 'roost-wrangler-'));
  const cli = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: options.folder ?? root,
    env: wranglerEnvironment(home, options),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own, so that the processes it starts end with it.
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  // Wrangler may end before it has read everything.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const limit = options.timeoutMs ?? TIMEOUT_MS;
  const stop = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The process has already ended.
    }
  };
  // Before the folder it writes to is removed.
  process.prependOnceListener('exit', stop);
  return new Promise<WranglerResult>((done) => {
    const clock = setTimeout(() => {
      output.stderr += `wrangler took longer than ${Math.round(limit / 1000)} s and was stopped.\n`;
      stop();
    }, limit);
    child.once('error', (error) => done({ code: 127, ...output, stderr: `wrangler can't start: ${error.message}` }));
    child.once('close', (code) => {
      clearTimeout(clock);
      done({ code: code ?? 137, stdout: plain(output.stdout), stderr: plain(output.stderr) });
    });
  }).finally(() => {
    process.off('exit', stop);
    rmSync(home, { recursive: true, force: true });
  });
}

function wranglerEnvironment(home: string, options: WranglerOptions): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return {
    ...Object.fromEntries(passed),
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    CLOUDFLARE_API_TOKEN: options.token,
    CLOUDFLARE_ACCOUNT_ID: options.accountId,
    ...(options.apiBase ? { CLOUDFLARE_API_BASE_URL: options.apiBase } : {}),
    // The project's .env and .dev.vars are for local runs.
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_LOG_PATH: join(home, 'logs'),
    WRANGLER_LOG_SANITIZE: 'true',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    // There is nobody to answer a question.
    CI: '1',
  };
}

/** Without colours and cursor movements. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const plain = (text: string): string => text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
