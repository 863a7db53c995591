// A browser for the tests. On Linux x64 it is the Chromium of an npm package, elsewhere an installed Chrome. Nothing is
// downloaded. The unpacked binary stays in node_modules/.cache.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sparticuz, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '../..');
const packed = join(root, 'node_modules/@sparticuz/chromium');

const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--disable-domain-reliability',
  '--metrics-recording-only',
  '--no-default-browser-check',
  '--no-first-run',
  '--no-pings',
  '--font-render-hinting=none',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // A page under test must not reach anything beyond this computer.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** The browser, or a sentence about why there is none. */
export async function launchBrowser(): Promise<Browser | string> {
  const args = process.getuid?.() === 0 ? [...QUIET, '--no-sandbox'] : QUIET;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const remedy = 'Install Google Chrome to run the browser tests on this system.';
    return chromium.launch({ channel: 'chrome', args, timeout: 30_000 }).catch(() => remedy);
  }
  const folder = await unpacked();
  const executablePath = join(folder, 'chromium');
  return chromium.launch({
    executablePath,
    args: [...args, '--disable-gpu'],
    env: environment(folder, executablePath),
    chromiumSandbox: false,
    timeout: 30_000,
  });
}

/** Unpacks into a temporary place and renames, so that test files that start at once never find half a binary. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')) as { version: string };
  const cache = join(root, 'node_modules/.cache');
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'chromium-draft-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = draft;
  try {
    await sparticuz.executablePath(join(packed, 'bin'));
    await inflate(join(packed, 'bin/al2023.tar.br'));
    writeFileSync(join(draft, 'fonts', 'fonts.conf'), fontsConf(folder));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The package's own fonts.conf names folders of another system. */
const fontsConf = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${folder}/fonts/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;

/** A bare Debian lacks NSS and fonts: the package has both, used only if the system has none. */
function environment(folder: string, binary: string): Record<string, string> {
  const given = { PATH: process.env.PATH ?? '', HOME: folder, TZ: 'UTC', LANG: 'C.UTF-8' };
  const libraries = execFileSync('ldd', [binary], { encoding: 'utf8', env: given });
  return {
    ...given,
    FONTCONFIG_PATH: join(folder, 'fonts'),
    ...(libraries.includes('not found') ? { LD_LIBRARY_PATH: join(folder, 'al2023/lib') } : {}),
  };
}
