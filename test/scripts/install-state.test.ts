import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  bringsNode,
  hasTestPackages,
  installProblem,
  isTestScript,
  type Lock,
  nodeProblem,
  type System,
} from '../../scripts/install-state.mjs';

const linux: System = { platform: 'linux', arch: 'x64', libc: 'glibc', node: '20.11.0' };
const mac: System = { platform: 'darwin', arch: 'arm64', libc: undefined, node: '24.4.1' };
const root = resolve(import.meta.dirname, '../..');
const lockOf = (path: string): Lock => JSON.parse(readFileSync(join(root, path), 'utf8')) as Lock;

test('Linux x64 needs Node 20 only, because the install brings its own', () => {
  expect(bringsNode(linux)).toBe(true);
  expect(nodeProblem(linux)).toBeUndefined();
  expect(nodeProblem({ ...linux, node: '18.20.4' })).toMatch(/Node 20 or newer.*18\.20\.4/);
});

test('elsewhere the Node at hand has to be 24, and the remedy is named', () => {
  expect(bringsNode(mac)).toBe(false);
  expect(bringsNode({ ...linux, libc: 'musl' })).toBe(false);
  expect(nodeProblem(mac)).toBeUndefined();
  expect(nodeProblem({ ...mac, node: '22.12.0' })).toMatch(/brew install node@24/);
  expect(nodeProblem({ ...linux, arch: 'arm64', node: '20.20.2' })).toMatch(/nvm install 24/);
  expect(nodeProblem({ ...mac, platform: 'win32' })).toMatch(/WSL/);
});

test('the installed packages match the lockfile', () => {
  const [lock, installed] = [lockOf('package-lock.json'), lockOf('node_modules/.package-lock.json')];
  expect(installProblem(lock, installed, linux, true)).toBeUndefined();
  expect(hasTestPackages(installed)).toBe(true);
});

test('an interrupted install, another version and a missing platform package are noticed', () => {
  const lock: Lock = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/hono': { version: '4.0.0' },
      'node_modules/@roost/vm': { link: true },
      'node_modules/agent-linux-x64': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'] },
      'node_modules/agent-musl': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'], libc: ['musl'] },
      'node_modules/agent-darwin': { version: '1.0.0', optional: true, os: ['darwin'], cpu: ['arm64'] },
      'node_modules/extra': { version: '1.0.0', optional: true },
      'node_modules/vitest': { version: '1.0.0', dev: true },
    },
  };
  const hono = { 'node_modules/hono': { version: '4.0.0' } };
  const agent = { 'node_modules/agent-linux-x64': { version: '1.0.0' } };
  expect(installProblem(lock, undefined, linux, false)).toMatch(/interrupted/);
  expect(installProblem(lock, { packages: { ...hono, ...agent } }, linux, false)).toBeUndefined();
  expect(installProblem(lock, { packages: hono }, linux, false)).toContain('agent-linux-x64');
  expect(
    installProblem(lock, { packages: { ...agent, 'node_modules/hono': { version: '3.9.0' } } }, linux, false),
  ).toContain('hono');
  expect(installProblem(lock, { packages: hono }, mac, false)).toContain('agent-darwin');
});

test('packages for development are for tests alone', () => {
  const lock: Lock = {
    packages: { 'node_modules/a': { version: '1' }, 'node_modules/b': { version: '1', dev: true } },
  };
  const started: Lock = { packages: { 'node_modules/a': { version: '1' } } };
  expect(installProblem(lock, started, linux, false)).toBeUndefined();
  expect(installProblem(lock, started, linux, true)).toMatch(/differ.*\(b\)/);
  expect([hasTestPackages(started), hasTestPackages(lock), hasTestPackages(undefined)]).toEqual([false, true, false]);
  const scripts = Object.values((lockOf('package.json') as unknown as { scripts: Record<string, string> }).scripts);
  const named = scripts.map((line) => / ([a-z/-]+\.ts)/.exec(line)?.[1] ?? '');
  expect(new Set(named.filter(isTestScript))).toEqual(
    new Set(['scripts/test.ts', 'scripts/check.ts', 'bench/run.ts', 'test/faults/main.ts']),
  );
});

/** All modules that a script loads, by the imports that are left when the types are gone. */
function packagesOf(entries: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path) || !/\.m?ts$|\.mjs$/.test(path)) return;
    seen.add(path);
    const code = stripTypeScriptTypes(readFileSync(path, 'utf8'), { mode: 'strip' });
    for (const [, name = ''] of code.matchAll(/^(?:import|export)(?: [^;'"]*?from)? ?['"]([^'"]+)['"]/gms)) {
      if (name.startsWith('.')) visit(resolve(dirname(path), name));
      else if (!name.startsWith('node:'))
        packages.add(
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        );
    }
  };
  for (const entry of entries) visit(join(root, entry));
  return packages;
}

test('what people run needs no package for development', () => {
  const { scripts } = lockOf('package.json') as unknown as { scripts: Record<string, string> };
  const named = Object.values(scripts).map((line) => / ([a-z/-]+\.ts)/.exec(line)?.[1] ?? '');
  const started = [
    'scripts/local/relay-main.ts',
    'simulator/main.ts',
    'simulator/model/main.ts',
    'simulator/fly/main.ts',
  ];
  const used = packagesOf([...named.filter((script) => !isTestScript(script)), ...started, 'vm/src/main.ts']);
  expect(used.size).toBeGreaterThan(10);
  const { packages } = lockOf('package-lock.json');
  expect([...used, 'wrangler'].filter((name) => packages[`node_modules/${name}`]?.dev !== undefined)).toEqual([]);
});

test('messages about an install are not on stdout, which may be JSON for a script', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-bootstrap-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, 'scripts/bootstrap.mjs'), join(folder, 'scripts/bootstrap.mjs'));
  cpSync(join(root, 'scripts/install-state.mjs'), join(folder, 'scripts/install-state.mjs'));
  cpSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'));
  const npm = join(folder, 'npm.js');
  writeFileSync(npm, 'process.exit(1);');
  const ran = spawnSync(process.execPath, ['scripts/bootstrap.mjs', 'scripts/doctor.ts', '--json'], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', npm_execpath: npm },
    encoding: 'utf8',
  });
  expect(ran.stderr).toMatch(/^Installing \(.*The install failed/s);
  expect([ran.status, ran.stdout]).toEqual([1, '']);
});
