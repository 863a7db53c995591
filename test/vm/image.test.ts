import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/local/ports.ts';
import { createScriptedModel } from '../../simulator/model/script.ts';
import { MachineHealth, publicPartOf } from '../../src/protocol/index.ts';
import {
  copied,
  entrypoint,
  exported,
  healthCheck,
  problemsOf,
  RULES,
  type RuleName,
  runs,
} from './dockerfile-rules.ts';
import {
  ended,
  type Machine,
  MachineClient,
  message,
  newAttempt,
  newKey,
  results,
  startModelEdge,
  within,
} from './machine-harness.ts';

// The image without a container engine: its rules, its build context, and its production install started as its own
// ordinary user by its own entrypoint. The workflow in .github builds a container and calls it.

const root = join(import.meta.dirname, '../..');
const docker = readFileSync(join(root, 'vm/Dockerfile'), 'utf8');
const script = readFileSync(join(root, 'vm/entrypoint.sh'), 'utf8');
const INSTALL_MS = 110_000;

describe('the Dockerfile keeps its rules, and each would be noticed', () => {
  const broken: Record<RuleName, [from: string | RegExp, to: string][]> = {
    'every base is pinned by digest': [
      [/@sha256:\w+ AS packages/, ' AS packages'],
      [/@sha256:\w+\n/, '\n'],
      [/@sha256:(\w{60})\w+/, '@sha256:$1'],
    ],
    'nothing is fetched by ADD': [['COPY vm/src vm/src', 'ADD https://example.com/src.tar.gz vm/src']],
    'COPY names what it takes': [
      ['COPY vm/src vm/src', 'COPY . .'],
      ['COPY vm/src vm/src', 'COPY ./ /app/'],
    ],
    'no secret in ENV or ARG': [
      ['NODE_ENV=production', 'NODE_ENV=production ANTHROPIC_API_KEY=none'],
      ['VOLUME /data', 'ARG NPM_TOKEN\nVOLUME /data'],
    ],
    'apt installs what is named and leaves no lists': [
      [' --no-install-recommends', ''],
      [/\n {2}&& rm -rf \/var\/lib\/apt\/lists\/\*/, ''],
      ['apt-get update', 'true'],
    ],
    'packages are those of the lock file': [['npm ci', 'npm install']],
    'the image has no packages for development': [
      ['npm ci --omit=dev', 'npm ci'],
      ['COPY --from=packages', 'COPY --from=bundle'],
    ],
    'WORKDIR is absolute': [['WORKDIR /app', 'WORKDIR app']],
    'ENTRYPOINT is in exec form, with an init': [
      [/ENTRYPOINT .*/, 'ENTRYPOINT tini -- sh vm/entrypoint.sh'],
      ['"/usr/bin/tini", "-s", "--", ', ''],
      [/ENTRYPOINT .*/, ''],
    ],
    'a health check asks the server': [
      [/HEALTHCHECK [^\n]*\n[^\n]*\n/, ''],
      ['/healthz', '/'],
      [/HEALTHCHECK [^\n]*\n[^\n]*\n/, 'HEALTHCHECK NONE\n'],
    ],
    'nothing on the volume is a home or on a path of the server': [
      ['LANG=C.UTF-8', 'LANG=C.UTF-8 HOME=/data/home'],
      ['LANG=C.UTF-8', 'LANG=C.UTF-8 PATH=$PATH:/data/home/.local/bin'],
    ],
    'agents are another user': [],
    'the server is no root': [['VOLUME /data', 'USER root\nVOLUME /data']],
  };

  test.each(Object.keys(RULES) as RuleName[])('%s', (rule) => {
    expect(problemsOf(rule, docker, script)).toEqual([]);
    for (const [from, to] of broken[rule]) {
      const changed = docker.replace(from, to);
      expect(changed).not.toBe(docker);
      expect(problemsOf(rule, changed, script), `${from} → ${to}`).not.toEqual([]);
    }
  });

  test('an entrypoint that stays root, or has one user, is noticed', () => {
    const stays = script.replace(/^.*exec setpriv.*$/m, '');
    expect(problemsOf('agents are another user', docker, script.replace(/^ +export .*$/m, ''))).not.toEqual([]);
    expect(problemsOf('the server is no root', docker, stays)).not.toEqual([]);
    expect(problemsOf('the server is no root', docker.replace('VOLUME /data', 'USER node\n'), stays)).toEqual([]);
  });

  test('all stages stand on the same base', () => {
    expect(new Set(docker.match(/^FROM \S+@\S+/gm))).toHaveLength(1);
  });
});

describe('the build context', () => {
  const patterns = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  const matcher = (pattern: string): RegExp => {
    const parts = pattern.split('**/').map((part) => part.replace(/[.+?()]/g, '\\$&').replaceAll('*', '[^/]*'));
    return new RegExp(`^${parts.join('(?:.+/)?')}$`);
  };
  /** The last pattern that names the path, or a folder above it, decides. */
  const enters = (path: string): boolean => {
    const above = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    const deciding = patterns.findLast((line) => above.some((part) => matcher(line.replace('!', '')).test(part)));
    return deciding === undefined || deciding.startsWith('!');
  };

  test('everything that is copied', () => {
    const paths = ['packages', 'bundle', undefined]
      .flatMap((stage) => copied(docker, stage))
      .flatMap(({ from }) => from);
    expect(paths).toContain('src/protocol');
    expect(paths.filter((path) => !existsSync(join(root, path)) || !enters(path))).toEqual([]);
    expect([enters('vm/src/claude/claude.ts'), enters('src/protocol/index.ts')]).toEqual([true, true]);
  });

  test('no secret, no state, no history, no installed package', () => {
    const kept = [
      '.dev.vars',
      '.prod.vars',
      '.prod.agent.env',
      '.env',
      '.roost/data/journal.db',
      '.git/config',
      'node_modules/hono',
    ];
    const paths = [...kept, ...kept.map((path) => `vm/${path}`), ...kept.map((path) => `src/protocol/${path}`)];
    for (const path of [...paths, 'README.md', 'src/worker/index.ts', 'vm/.dev.vars.production'])
      expect([path, enters(path)]).toEqual([path, false]);
  });
});

describe('the production install', () => {
  let folder: string;
  let unreachable: string | undefined;
  const app = (...path: string[]): string => join(folder, 'app', ...path);

  /** The files that a stage copies from the repository, at the same places. */
  function copyStage(stage?: string): void {
    for (const { from, to } of copied(docker, stage)) {
      for (const path of from) {
        const isFolder = to.endsWith('/');
        const target = app(isFolder ? join(to, basename(path)) : to);
        mkdirSync(dirname(target), { recursive: true });
        cpSync(join(root, path), target, { recursive: true });
      }
    }
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'roost-image-'));
    chmodSync(folder, 0o755);
    mkdirSync(app());
    copyStage('packages');
    const [install = ''] = runs(docker, /^npm ci/);
    const env = { PATH: process.env.PATH, HOME: join(folder, 'builder'), NODE_USE_SYSTEM_CA: '1' };
    // All but the agent's own binary, an optional package of 380 MB: that of this installation is of the same lock file.
    expect(install).not.toContain('optional');
    const most = `${install} --omit=optional`;
    const ran = spawnSync('sh', ['-c', most], { cwd: app(), env, timeout: INSTALL_MS, encoding: 'utf8' });
    unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT)\b/.exec(ran.stderr)?.[1];
    if (unreachable !== undefined) return;
    if (ran.status !== 0) throw new Error(`${install}: ${ran.stderr || ran.error?.message}`);
    const agents = join(root, 'node_modules/@anthropic-ai');
    for (const name of readdirSync(agents).filter((each) => each.startsWith('claude-agent-sdk-')))
      cpSync(join(agents, name), app('node_modules/@anthropic-ai', name), { recursive: true });
    copyStage('bundle');
    const [bundles = ''] = runs(docker, /^node /);
    // Its packages for development are those of this installation, of the same lock file.
    symlinkSync(join(root, 'node_modules'), app('vm/node_modules'));
    execFileSync('sh', ['-c', bundles], { cwd: app(), env });
    for (const path of ['vm/node_modules', 'vm/src', 'vm/bundle.ts', 'src']) rmSync(app(path), { recursive: true });
    copyStage();
    // A place that the ordinary user can reach on any system.
    mkdirSync(join(folder, 'bin'));
    copyFileSync(process.execPath, join(folder, 'bin/node'));
  }, INSTALL_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  test('holds what the server runs on and nothing for development', (context) => {
    if (unreachable !== undefined) return context.skip(`the package registry cannot be reached: ${unreachable}`);
    const has = (name: string): boolean => existsSync(app('node_modules', name));
    expect(['hono', 'pino', 'zod', '@anthropic-ai/claude-agent-sdk'].filter((name) => !has(name))).toEqual([]);
    expect(['wrangler', 'vitest', 'typescript', 'twilio', '@biomejs'].filter(has)).toEqual([]);
  });

  test('starts on a fresh volume as no root, answers, and its agent works', {
    timeout: 90_000,
  }, async (context) => {
    if (unreachable !== undefined) return context.skip(`the package registry cannot be reached: ${unreachable}`);
    const key = await newKey();
    const model = createScriptedModel();
    const edge = await startModelEdge(model, key);
    const volume = join(folder, 'volume');
    mkdirSync(volume);
    // The image's users need not exist on this system: unused numbers take their place.
    const [server, agent] = [64_003, 64_004];
    const numbered = script.replaceAll(
      /\$\(id -[ug] (roost|node)\)/g,
      (_, name) => `${name === 'roost' ? server : agent}`,
    );
    writeFileSync(app('vm/entrypoint.sh'), numbered);
    const there = Object.entries(exported(docker)).map(([name, value]) => [name, value.replaceAll('/data', volume)]);
    const env: Record<string, string> = {
      ...Object.fromEntries(there),
      PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
      PORT: '0',
      HOST: '127.0.0.1',
      RELAY_URL: edge.url,
      RELAY_PUBLIC_KEYS: JSON.stringify([publicPartOf(key)]),
      FLY_IMAGE_REF: 'registry.example.com/roost:1',
      SHUTDOWN_GRACE_MS: '5000',
    };
    const [init, ...args] = entrypoint(docker);
    expect([init, args.slice(0, 2)]).toEqual(['/usr/bin/tini', ['-s', '--']]);
    const [command = '', ...rest] = args.slice(2);
    const child = spawn(command, rest, { cwd: app(), env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const ready = new Promise<number>((resolve) => {
      createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
      createInterface({ input: child.stdout }).on('line', (line) => {
        output.push(line);
        if (line.includes('"ready"')) resolve(Number((JSON.parse(line) as { port: number }).port));
      });
    });
    try {
      const failed = exited.then(() => Promise.reject(new Error(output.join('\n'))));
      const port = await within(30_000, Promise.race([ready, failed]), 'the server to be ready');
      failed.catch(() => {});
      const url = `http://127.0.0.1:${port}`;
      const uids = /^Uid:\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.slice(1);
      expect(uids).not.toContain('0');
      const health = MachineHealth.parse(await (await fetch(`${url}/healthz`)).json());
      expect(health).toMatchObject({ ok: true, image: 'registry.example.com/roost:1' });
      const client = new MachineClient(() => ({ url }) as Machine, key);
      model.reply('Hello from the image');
      const events = await client.run(newAttempt(), { messages: [message('hello')] });
      expect([results(events)[0]?.text, ended(events)?.outcome]).toEqual(['Hello from the image', 'done']);
      const [asks = '', ...how] = healthCheck(docker);
      const healthy = (PORT: number) =>
        spawnSync(asks, how, { env: { ...env, PORT: String(PORT) }, timeout: 10_000 }).status;
      expect([healthy(port), healthy(await freePort())]).toEqual([0, 1]);
    } finally {
      child.kill('SIGTERM');
      expect(await within(60_000, exited, `the end, after ${output.join('\n')}`)).toBe(0);
      edge.close();
    }
  });
});
