import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readServerConfig, type ServerConfig } from '../../vm/src/config.ts';

// The image and the platform's settings against the code they run: read, not built.

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const docker = read('vm/Dockerfile');
const fly = read('fly.toml');

/** The value of `name = …` in fly.toml, which has each of these names once. */
const setting = (name: string): string => {
  const found = [...fly.matchAll(new RegExp(`^\\s*${name} = "?([^"\\n]+)"?$`, 'gm'))].map((match) => match[1]);
  expect(found.length, name).toBeGreaterThan(0);
  return found[0] as string;
};
const imageEnv = (name: string): string => new RegExp(`^ENV .*\\b${name}=(\\S+)`, 'm').exec(docker)?.[1] ?? '';

const defaults = (): ServerConfig => {
  const keys = JSON.stringify([{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }]);
  const result = readServerConfig({ RELAY_PUBLIC_KEYS: keys, RELAY_URL: 'https://relay.example' });
  if (!result.ok) throw new Error(result.problems.join('; '));
  return result.config;
};

test('the server’s imports are in the image', () => {
  const packages = JSON.parse(read('vm/package.json')) as { dependencies: Record<string, string> };
  for (const name of ['hono', 'jose', 'pino', 'ulid', 'zod'])
    expect(Object.keys(packages.dependencies)).toContain(name);
  expect(docker).toMatch(/^COPY vm\/migrations vm\/migrations$/m);
});

test('a coding agent’s usual tools are in the image, and pip installs for its user', () => {
  const [, list = ''] = /apt-get install (.+?)&&/s.exec(docker) ?? [];
  const needed = ['git', 'gh', 'ripgrep', 'jq', 'curl', 'python3', 'python3-pip', 'build-essential', 'openssh-client'];
  expect(list.split(/[\s\\]+/)).toEqual(expect.arrayContaining([...needed, 'ca-certificates', 'tini']));
  expect(docker).toContain('user = true\\nbreak-system-packages = true');
});

test('image, platform and code agree on port, folder and the time to stop', () => {
  const config = defaults();
  for (const port of [
    setting('internal_port'),
    setting('PORT'),
    imageEnv('PORT'),
    /^EXPOSE (\d+)/m.exec(docker)?.[1],
  ]) {
    expect(Number(port)).toBe(config.PORT);
  }
  for (const folder of [setting('destination'), setting('DATA_DIR'), imageEnv('DATA_DIR')]) {
    expect(folder).toBe(config.DATA_DIR);
  }
  expect(docker).toMatch(/^VOLUME \/data$/m);
  expect(setting('kill_signal')).toBe('SIGTERM');
  expect(Number(setting('kill_timeout')) * 1000 - config.SHUTDOWN_GRACE_MS).toBe(20_000);
});

test('the machine sleeps when no request is open and is woken by the next', () => {
  expect(setting('auto_stop_machines')).toBe('stop');
  expect(setting('auto_start_machines')).toBe('true');
  expect(setting('min_machines_running')).toBe('0');
  expect(setting('type')).toBe('requests');
  expect(setting('memory')).toBe('1gb');
});
