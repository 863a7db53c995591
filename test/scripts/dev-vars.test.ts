import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unstable_getVarsForDev } from 'wrangler';
import { envFile, parseDevVars, withMissing } from '../../scripts/local/dev-vars.ts';
import { withZone } from '../../scripts/local/folders.ts';
import { localVars } from '../../scripts/local/generated-vars.ts';
import { withPortBase } from '../../scripts/local/port-base.ts';
import { readConfig } from '../../src/config/config.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import { folder } from './launcher.ts';

const root = resolve(import.meta.dirname, '../..');

describe('completing .dev.vars', () => {
  test('an empty file gets every name, and the relay accepts the result', () => {
    const vars = parseDevVars(withMissing('', localVars()));
    expect(Object.keys(vars).sort()).toEqual(
      localVars()
        .map(({ name }) => name)
        .sort(),
    );
    expect(readConfig(vars)).toMatchObject({ ok: true });
    // A person who runs a second copy finds every address there.
    const { PORT_BASE: _, RELAY_PORT: __, ...addresses } = withPortBase({ PORT_BASE: '5000' }).vars;
    expect(Object.keys(vars)).toEqual(expect.arrayContaining(Object.keys(addresses)));
    expect(vars.TWILIO_ACCOUNT_SID).toMatch(/^AC[0-9a-f]{32}$/);
    expect(vars.TWILIO_AUTH_TOKEN).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.parse(vars.MACHINE_SIGNING_KEY ?? '')).toMatchObject({ kty: 'OKP', crv: 'Ed25519' });
  });

  test('what is there stays byte for byte, empty values too, also without a newline at the end', () => {
    const mine = '# mine\nPUBLIC_URL="http://127.0.0.1:9999" # moved\nTWILIO_AUTH_TOKEN=\nOTHER=a=b';
    const text = withMissing(mine, localVars());
    expect(text.startsWith(`${mine}\n`)).toBe(true);
    expect(parseDevVars(text)).toMatchObject({
      PUBLIC_URL: 'http://127.0.0.1:9999',
      TWILIO_AUTH_TOKEN: '',
      OTHER: 'a=b',
      LOCAL_MODE: '1',
    });
    expect(text.match(/^PUBLIC_URL/gm)).toHaveLength(1);
  });

  test('a complete file is left as it is', () => {
    const text = withMissing('', localVars());
    expect(withMissing(text, localVars())).toBe(text);
  });

  test('no two are alike', () => {
    const [a, b] = [parseDevVars(withMissing('', localVars())), parseDevVars(withMissing('', localVars()))];
    for (const name of ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'MACHINE_SIGNING_KEY'])
      expect(a[name]).not.toBe(b[name]);
  });
});

describe('the file itself', () => {
  const complete = (path: string, how = 'completeDevVars'): string =>
    execFileSync(
      process.execPath,
      ['-e', `import('${join(root, 'scripts/local/folders.ts')}').then((s) => s.${how}(console.log))`],
      { env: { ...inheritEnvironment(), ROOST_DEV_VARS: path, ROOST_STATE: `${path}.state` }, encoding: 'utf8' },
    );

  test('is made once, for its owner alone', () => {
    const path = join(folder(), '.dev.vars');
    expect(complete(path)).toMatch(/Wrote/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const first = readFileSync(path, 'utf8');
    expect(complete(path)).toBe('');
    expect(readFileSync(path, 'utf8')).toBe(first);
  });

  test('loses the rights others had when names are added', () => {
    const path = join(folder(), '.dev.vars');
    writeFileSync(path, 'PUBLIC_URL=http://127.0.0.1:1\n', { mode: 0o644 });
    expect(complete(path)).toMatch(/Added/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.next`)).toBe(false);
  });

  test('an address in it that is none is left for the plan of the run, which says what it must be', () => {
    const path = join(folder(), '.dev.vars');
    writeFileSync(path, 'PUBLIC_URL=\nMACHINE_URL=elsewhere\n', { mode: 0o600 });
    expect(complete(path, 'completeForThisComputer')).toMatch(/Added/);
  });
});

test('the zone of this computer stands where none is named', () => {
  expect(withZone({ DEFAULT_TIMEZONE: '' }, 'Asia/Kathmandu')).toEqual({ DEFAULT_TIMEZONE: 'Asia/Kathmandu' });
  expect(withZone({ DEFAULT_TIMEZONE: 'Europe/Berlin' }, 'Asia/Kathmandu').DEFAULT_TIMEZONE).toBe('Europe/Berlin');
  for (const none of [null, '', '+02:00', 'Nowhere/Else']) expect(withZone({}, none)).toEqual({});
});

test('what is passed to wrangler reads back the same with its own dotenv and expansion', () => {
  const vars = {
    PLAIN: 'http://127.0.0.1:1/a?b',
    JSON: '{"a":"b c"}',
    DOLLAR: 'a$HOME b',
    QUOTE: `it's`,
    HASH: 'a # b',
    EMPTY: '',
  };
  const path = join(folder(), 'relay.env');
  writeFileSync(path, envFile(vars));
  const read = unstable_getVarsForDev(join(root, 'wrangler.toml'), [path], {}, undefined, true);
  expect(Object.fromEntries(Object.entries(read).map(([name, { value }]) => [name, value]))).toEqual(vars);
});

test('.dev.vars.example explains every name that is read, and holds no secret', () => {
  const example = parseDevVars(readFileSync(join(root, '.dev.vars.example'), 'utf8'));
  const relay = readFileSync(join(root, 'src/config/config.ts'), 'utf8').matchAll(/^\s+([A-Z][A-Z_]+):/gm);
  const launcher = readFileSync(join(root, 'scripts/local/plan.ts'), 'utf8').matchAll(/vars\.([A-Z][A-Z_]+)/g);
  const read = [...relay, ...launcher].map(([, name]) => name ?? '').concat(localVars().map(({ name }) => name));
  expect(read.length).toBeGreaterThan(30);
  expect(read.filter((name) => !(name in example))).toEqual([]);
  const secrets = Object.entries(example).filter(([name]) => /TOKEN|SECRET|KEY/.test(name));
  expect(secrets.filter(([, value]) => value !== '')).toEqual([]);
});
