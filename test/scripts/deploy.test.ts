import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { problemsOf } from '../../scripts/deploy/before.ts';
import { deploy as deployVersion, isBuildFailure } from '../../scripts/deploy/deploy-version.ts';
import { productionConfig } from '../../scripts/deploy/production-config.ts';
import { reportRelayHealth } from '../../scripts/deploy/relay-check.ts';
import { rollBack } from '../../scripts/deploy/roll-back.ts';
import { activeVersion, problemOf, withoutSecrets } from '../../scripts/deploy/worker.ts';
import { parseDevVars, type Vars } from '../../scripts/local/dev-vars.ts';
import { family } from '../../scripts/local/process-families.ts';
import {
  namesFromEnvironment,
  readProdVars,
  relayVars,
  SECRET_NAMES,
  withChanges,
  writeProdVars,
} from '../../scripts/production/prod-vars.ts';
import { type FakeCloudflare, startCloudflare } from '../../simulator/cloudflare/server.ts';
import { CloudflareStore } from '../../simulator/cloudflare/store.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import { serve } from '../loopback.ts';
import { runScript } from './stand-ins.ts';

// `npm run deploy` as a process with the real wrangler, against the fake Cloudflare, which runs the relay in workerd.

const root = resolve(import.meta.dirname, '../..');
const ACCOUNT = '0123456789abcdef0123456789abcdef';
const TOKEN = randomBytes(20).toString('hex');
const secret = (): string => randomBytes(24).toString('hex');

const folder = mkdtempSync(join(tmpdir(), 'roost-deploy-test-'));
const answersFile = join(folder, 'prod.vars');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let fake: FakeCloudflare;
/** Everything the account holds. */
let state: string;
let answers: Vars;

async function open(): Promise<void> {
  state = mkdtempSync(join(folder, 'cloudflare-'));
  fake = await startCloudflare({ port: 0, token: TOKEN, accountId: ACCOUNT, subdomain: 'example', folder: state });
  answers = complete(fake.workerUrl);
}

const complete = (publicUrl: string): Vars => ({
  CLOUDFLARE_API_TOKEN: TOKEN,
  CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
  PUBLIC_URL: publicUrl,
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(31)}1`,
  TWILIO_AUTH_TOKEN: secret(),
  TWILIO_SENDERS: 'whatsapp:+15555550100',
  TWILIO_API_URL: 'http://127.0.0.1:9',
  TWILIO_MESSAGING_URL: 'http://127.0.0.1:9',
  TWILIO_CONTENT_URL: 'http://127.0.0.1:9',
  ALLOWED_SENDERS: '+15555550123',
  MACHINE_URL: 'http://127.0.0.1:9',
  MACHINE_SIGNING_KEY: JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })),
  ANTHROPIC_API_KEY: secret(),
  OPERATOR_TOKEN: secret(),
});

/**
 * Command lines of a process's descendants, and environments of wrangler, seen during a run; only where /proc shows
 * them.
 */
function watchProcesses(pid: number): () => { commands: string[]; environments: string[] } {
  const seen = { commands: new Set<string>(), environments: new Set<string>() };
  const look = (): void => {
    for (const { pid: one } of family(pid)) {
      const command = fromProc(one, 'cmdline').replaceAll('\0', ' ');
      seen.commands.add(command);
      if (/wrangler\S*\.js /.test(command)) seen.environments.add(fromProc(one, 'environ'));
    }
  };
  const clock = setInterval(look, 100);
  return () => {
    clearInterval(clock);
    return { commands: [...seen.commands], environments: [...seen.environments] };
  };
}

function fromProc(pid: number, what: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

type Run = { code: number | null; said: string; commands: string[]; environments: string[] };

const deploy = (...args: string[]): Promise<Run> => begin(args).ended;

/** A run that a test can control: `said` waits for words, `stop` is Ctrl-C. */
function begin(args: string[], temporary = folder) {
  writeFileSync(answersFile, withChanges('', answers), { mode: 0o600 });
  const child = spawn(process.execPath, [join(root, 'scripts/deploy.ts'), ...args], {
    cwd: root,
    env: {
      ...inheritEnvironment(),
      HOME: folder,
      TMPDIR: temporary,
      ROOST_PROD_VARS: answersFile,
      CLOUDFLARE_API_BASE_URL: fake.apiBase,
      OF_THE_CALLER: 'yes',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stopWatching = watchProcesses(child.pid ?? 0);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const ended = new Promise<number | null>((done) => child.once('close', done));
  return {
    said: (words: string) => vi.waitUntil(() => said.includes(words), WAIT),
    stop: () => child.kill('SIGINT'),
    ended: ended.then((code): Run => ({ code, said, ...stopWatching() })),
  };
}

const WAIT = { timeout: 90_000, interval: 50 };

const versions = async (): Promise<{ id: string; bindings: string[] }[]> => {
  const list = async (path: string): Promise<never> =>
    ((await (await atCloudflare(`roost${path}`)).json()) as { result: never }).result;
  const { deployments } = (await list('/deployments')) as { deployments: { versions: { version_id: string }[] }[] };
  return Promise.all(
    deployments.map(async ({ versions: [one] }) => {
      const { resources } = (await list(`/versions/${one?.version_id}`)) as {
        resources: { bindings: { name: string }[] };
      };
      return { id: one?.version_id ?? '', bindings: resources.bindings.map(({ name }) => name) };
    }),
  );
};

/** In this process: for what `npm run deploy` decides, not how it is started. `--yes` is as nobody being asked. */
async function deployHere(changes: Vars = {}, waitMs = 0): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const vars = { ...answers, CLOUDFLARE_API_BASE_URL: fake.apiBase, ...changes };
  const say = (line: string): void => void lines.push(line);
  const code = await deployVersion({ vars, dryRun: false, waitMs, say, consent: null });
  return { code, said: lines.join('\n') };
}

const atCloudflare = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${fake.apiBase}/accounts/${ACCOUNT}/workers/scripts/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, ...init.headers },
  });
const changes = (): string[] => fake.calls.filter((one) => !one.startsWith('GET '));

/** The names by which code moves a conversation's clock: its route, its method, its row. */
const MOVES_THE_CLOCK = ['/local/clock', 'moveClock', 'clock-offset'];
/** A version's modules compressed, without their source maps. */
const uploadedKiB = (version: string): number => {
  const modules = join(state, 'modules', version);
  const files = readdirSync(modules).map((name) => readFileSync(join(modules, name)));
  const code = files.filter((file) => !file.subarray(0, 20).includes('"version"'));
  return code.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0) / 1024;
};

const texts = (path: string): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

// One account, in this order. Wrangler takes seconds for each call, and more on a busy computer.
describe('deploying again and again', { timeout: 300_000 }, () => {
  beforeAll(open);
  afterAll(() => fake.stop());

  test('the first: the relay runs with its configuration, and no secret is shown to anybody', async () => {
    const { code, said, commands, environments } = await deploy('--yes');
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining(`Done: ${fake.workerUrl} runs version `) });
    expect(said).toContain('There is no Worker named roost yet, so this is the first deployment.');
    const [deployed] = await versions();
    expect(said).toContain(deployed?.id);
    expect(deployed?.bindings).toEqual(
      expect.arrayContaining([
        'CONVERSATIONS',
        'DIRECTORY',
        'OVERVIEW',
        'MEDIA',
        'ARCHIVE',
        'AI',
        ...Object.keys(relayVars(answers)),
      ]),
    );
    expect(deployed?.bindings).not.toContain('CLOUDFLARE_API_TOKEN');
    expect(await fake.cron()).toBe('ok');
    // Every cold start loads and compiles all of it. The bench's target is 263; people, money and privacy exceed it,
    // and so does the operator's page: its door, its time line and its views are code of the Worker. So are accounts
    // at git hosts, the connect gateway, and pull requests with their page; and Telegram (11), linked addresses, /reach, and the
    // merge of two conversations.
    expect(uploadedKiB(deployed?.id ?? '')).toBeLessThanOrEqual(435);
    const [style, script] = await Promise.all(
      ['operator.css', 'operator.js'].map((name) => fetch(`${fake.workerUrl}/operator/${name}`)),
    );
    expect(style?.headers.get('content-type')).toContain('text/css');
    expect(script?.headers.get('content-type')).toContain('javascript');

    const secrets = SECRET_NAMES.flatMap((name) => (answers[name] ? [answers[name]] : []));
    expect(secrets).toHaveLength(5);
    expect(secrets.filter((one) => said.includes(one))).toEqual([]);
    const uploads = commands.filter((one) => /wrangler\S* deploy .*--secrets-file/.test(one));
    if (process.platform === 'linux') expect([uploads.length > 0, environments.length > 0]).toEqual([true, true]);
    // Nobody is asked, so nothing is built twice.
    expect(commands.filter((one) => /wrangler\S* deploy .*--dry-run/.test(one))).toEqual([]);
    expect(commands.filter((one) => [...secrets, '+15555550123'].some((part) => one.includes(part)))).toEqual([]);
    expect(environments.filter((one) => /OF_THE_CALLER/.test(one) || one.includes(`HOME=${folder}\0`))).toEqual([]);
  });

  test('nothing that is deployed can move the clock, the code of a local run can', async () => {
    const account = new CloudflareStore(state);
    const modules = account.script('roost')?.versions.at(-1)?.modules ?? [];
    // A source map quotes what was left out, too.
    const code = modules
      .filter(({ type }) => type !== 'application/source-map')
      .map((one) => Buffer.from(account.readModule(one)).toString())
      .join('\n');
    expect(code).toContain('/webhooks/twilio/status');
    expect(MOVES_THE_CLOCK.filter((part) => code.includes(part))).toEqual([]);
    const sources = texts(join(root, 'src'));
    expect(MOVES_THE_CLOCK.filter((part) => sources.includes(part))).toEqual(MOVES_THE_CLOCK);
  });

  test('a name that has no value any more is taken away', async () => {
    answers = { ...answers, OPERATOR_TOKEN: '' };
    const run = await deployHere({}, 5_000);
    const words = 'Removed, because .prod.vars no longer sets it: OPERATOR_TOKEN.';
    expect(run).toEqual({ code: 0, said: expect.stringContaining(words) });
    const [active] = await versions();
    expect(run.said).toContain(`runs version ${active?.id}`);
    expect(active?.bindings).not.toContain('OPERATOR_TOKEN');
    expect(active?.bindings).toContain('TWILIO_AUTH_TOKEN');
  });

  test('a version that does not work makes room for the one before, and its configuration', async () => {
    const [works] = await versions();
    fake.breakNextVersion();
    const run = await deployHere({ DEFAULT_MODEL: 'some-model' });
    expect(run.code).toBe(1);
    expect(run.said).toContain('The new version doesn’t work: /healthz answers with status 500.');
    expect(run.said).toContain(`The previous version, ${works?.id}, is running again`);
    const [active, broken] = await versions();
    expect(active?.id).toBe(works?.id);
    expect(broken?.bindings).toContain('DEFAULT_MODEL');
    expect(active?.bindings).not.toContain('DEFAULT_MODEL');
    expect((await fetch(`${fake.workerUrl}/healthz`)).status).toBe(200);
  });

  test('a deployment that fails half way is reverted', async () => {
    const [works] = await versions();
    fake.fail({ method: 'PUT', path: /\/schedules$/, status: 400, message: 'No more cron triggers.' });
    const run = await deployHere();
    expect(run.code).toBe(1);
    expect(run.said).toContain('No more cron triggers.');
    expect(run.said).toContain(`The previous version, ${works?.id}, is running again`);
    const [active, half] = await versions();
    expect([active?.id, half?.id === works?.id]).toEqual([works?.id, false]);
  });

  test('somebody else’s deployment meanwhile stays', async () => {
    const [works] = await versions();
    const json = { strategy: 'percentage', versions: [{ version_id: works?.id, percentage: 100 }] };
    const headers = { 'content-type': 'application/json' };
    const statuses: number[] = [];
    // While the new version is checked, which fails.
    const address = await serve(async (_, outgoing) => {
      const init = { method: 'POST', headers, body: JSON.stringify(json) };
      statuses.push((await atCloudflare('roost/deployments?force=true', init)).status);
      outgoing.writeHead(500).end();
    });
    const run = await deployHere({ PUBLIC_URL: address });
    expect(run).toEqual({ code: 1, said: expect.stringContaining('Somebody else deployed in the meantime') });
    expect(statuses).toEqual([200]);
    expect((await versions())[0]?.id).toBe(works?.id);
  });

  test('over a change of classes there is no way back, and it says so', async () => {
    const form = new FormData();
    const migrations = { new_tag: 'v1', steps: [{ new_sqlite_classes: ['Conversation'] }] };
    form.set('metadata', JSON.stringify({ main_module: 'w.mjs', compatibility_date: '2026-10-15', migrations }));
    const code = 'export class Conversation {}; export default { fetch: () => new Response("old") };';
    form.set('w.mjs', new File([code], 'w.mjs', { type: 'application/javascript+module' }));
    expect((await atCloudflare('older', { method: 'PUT', body: form })).status).toBe(200);
    const vars = { ...answers, CLOUDFLARE_API_BASE_URL: fake.apiBase, WORKER_NAME: 'older' };
    const before = await activeVersion(vars);
    const made = changes().length;
    const lines: string[] = [];
    const version = before.ok ? before.value : expect.fail(before.reason);
    expect(await rollBack(vars, version, 0, (line) => void lines.push(line))).toBe(1);
    expect(lines).toEqual([
      expect.stringContaining('changes the Durable Object classes, and Cloudflare can’t undo that'),
    ]);
    expect(version).toMatch(/^[0-9a-f-]{36}$/);
    expect(changes()).toHaveLength(made);
  });

  test('Ctrl-C leaves no file with secrets, and says what may be the case', async () => {
    const temporary = mkdtempSync(join(folder, 'tmp-'));
    fake.fail({ method: 'PUT', path: /\/scripts\/roost/, delayMs: 20_000 });
    const run = begin(['--yes'], temporary);
    const withSecrets = (): string[] =>
      readdirSync(temporary, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('secrets.json'));
    await vi.waitUntil(() => withSecrets().length > 0, WAIT);
    run.stop();
    const words = 'may be running the new version or the previous one';
    expect(await run.ended).toMatchObject({ code: 130, said: expect.stringContaining(words) });
    expect(withSecrets()).toEqual([]);
  });
});

describe('nothing is deployed', () => {
  beforeEach(open);
  afterEach(() => fake.stop());

  test('with a wrong token', async () => {
    const run = await deployHere({ CLOUDFLARE_API_TOKEN: 'another-token' });
    const words = 'Cloudflare refuses this API token for this account.';
    expect(run).toEqual({ code: 1, said: expect.stringContaining(words) });
    expect(run.said).not.toContain('another-token');
    expect(changes()).toEqual([]);
  });

  test('by a dry run', async () => {
    const run = await deploy('--dry-run');
    const words = `Would deploy roost to ${fake.workerUrl}. Nothing was changed.`;
    expect(run).toMatchObject({ code: 0, said: expect.stringMatching(/^The relay builds\.$/m) });
    expect(run.said).toContain(words);
    expect(changes()).toEqual([]);
  });

  test('without answers, all of which are named at once; and when nobody can be asked', async () => {
    expect(await deploy()).toMatchObject({ code: 1, said: expect.stringMatching(/^This needs a terminal\..*--yes/) });
    answers = { PUBLIC_URL: 'http://relay.example.com', LOCAL_MODE: '1' };
    const { code, said } = await deployHere();
    expect(code).toBe(1);
    for (const words of [
      'CLOUDFLARE_API_TOKEN is missing',
      'LOCAL_MODE is for local runs only',
      'TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_SENDERS are missing',
    ]) {
      expect(said).toContain(words);
    }
    expect(fake.calls).toEqual([]);
  });
});

test('without .prod.vars the first thing said is to run set-up', async () => {
  const vars = { HOME: folder, ROOST_PROD_VARS: join(folder, 'none.vars') };
  const { code, output } = await runScript('scripts/deploy.ts', [], vars).ended;
  expect(output).toBe('There is no .prod.vars: run `npm run setup` first.\n');
  expect(code).toBe(1);
});

describe('its parts', () => {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8');

  test('wrangler.toml names the production entry; a domain of one’s own becomes a route', () => {
    expect(productionConfig(toml, root, 'mine', 'https://relay.example.com')).toMatchObject({
      main: 'src/worker/index.ts',
      lastMigration: parseLast(toml),
      buckets: ['roost-media', 'roost-archive'],
      config: {
        name: 'mine',
        main: join(root, 'src/worker/index.ts'),
        ai: { binding: 'AI' },
        routes: [{ pattern: 'relay.example.com', custom_domain: true }],
        triggers: { crons: ['*/5 * * * *'] },
      },
    });
    const onWorkersDev = productionConfig(toml, root, 'mine', 'https://mine.example.workers.dev').config;
    expect([onWorkersDev.workers_dev, onWorkersDev.routes]).toEqual([true, undefined]);
    const local = toml.replace('src/worker/index.ts', 'src/worker/local.ts');
    expect(productionConfig(local, root, 'mine', 'https://relay.example.com').main).toBe('src/worker/local.ts');
  });

  test('an address in clear is refused, except on this computer', () => {
    expect(problemsOf(complete('http://127.0.0.1:8787'))).toEqual([]);
    expect(problemsOf(complete('http://relay.example.com'))).toEqual(['PUBLIC_URL must be an https address']);
    expect(problemsOf({ ...complete('https://relay.example.com'), WORKER_NAME: 'My Worker' })).toHaveLength(1);
  });

  test('a secret in what wrangler says is left out', () => {
    const vars = { TWILIO_AUTH_TOKEN: 'very-secret' };
    const stderr =
      '✘ [ERROR] A request to the Cloudflare API (/x) failed.\n\n  bad value very-secret [code: 1]\n\n  If you think this is a bug, …';
    expect(problemOf(vars, { code: 1, stdout: '', stderr })).toBe(
      'Cloudflare says: bad value ‹TWILIO_AUTH_TOKEN› [code: 1]',
    );
    expect(withoutSecrets(vars, 'a very-secret b very-secret')).not.toContain('very-secret');
  });

  test('answers that are written are read back, beside what was there', () => {
    const before =
      '# who may write\nALLOWED_SENDERS=+15555550123\nexport FLY_ORG="mine"\nALLOWED_SENDERS=+15555550124\n';
    const changes = {
      ALLOWED_SENDERS: '+15555550125',
      MACHINE_SIGNING_KEY: '{"kty":"OKP"}',
      ASSISTANT_NAME: `Robin's "own" $x`,
    };
    const after = withChanges(before, { ...changes, ASSISTANT_NAME: 'a # b' });
    expect(parseDevVars(after)).toEqual({ FLY_ORG: 'mine', ...changes, ASSISTANT_NAME: 'a # b' });
    expect(after).toContain('# who may write\nALLOWED_SENDERS=+15555550125\n');
    expect(parseDevVars(withChanges('', changes))).toEqual(changes);
    const long = 'A="one\ntwo"\nB=1\n';
    expect(parseDevVars(withChanges(long, { A: 'three' }))).toEqual({ A: 'three', B: '1' });
  });
});

test('a relay that does not build is told from an upload that Cloudflare refuses', () => {
  const said = (stderr: string): string => problemOf({}, { code: 1, stdout: '', stderr });
  const unbuilt = said('✘ [ERROR] Build failed with 1 error:\n\n  ✘ [ERROR] Could not resolve "./nowhere.ts"\n');
  const refused = said('✘ [ERROR] A request to the Cloudflare API (/x) failed.\n\n  No more cron triggers. [code: 1]');
  expect([unbuilt, refused].map(isBuildFailure)).toEqual([true, false]);
});

test('what answers must be what was just deployed, not the one before of the same version', async () => {
  const relay = { deployment: 'before', asked: 0 };
  const url = await serve((incoming, outgoing) => {
    const isSigned = Boolean(incoming.headers['x-twilio-signature']);
    if (incoming.url?.startsWith('/webhooks')) return void outgoing.writeHead(isSigned ? 200 : 403).end();
    if (incoming.url !== '/healthz') return void outgoing.writeHead(200).end('{}');
    if (++relay.asked === 2) relay.deployment = 'now';
    outgoing.end(JSON.stringify({ ok: true, version: '0.1.0', deployment: relay.deployment }));
  });
  const vars = complete(url);
  const expected = { own: true, version: '0.1.0', deployment: 'now' } as const;
  const reason = 'what answers at PUBLIC_URL is not what was just deployed';
  expect(await reportRelayHealth(vars, expected, 0)).toEqual({ ok: false, reason });
  expect(await reportRelayHealth(vars, expected, 5_000)).toEqual({ ok: true });
});

test('the file of answers is its owner’s only, and the environment counts before it', () => {
  const path = join(mkdtempSync(join(folder, 'answers-')), 'prod.vars');
  vi.stubEnv('ROOST_PROD_VARS', path);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  writeFileSync(path, 'PUBLIC_URL=https://one.example.com\n', { mode: 0o644 });
  writeProdVars({ WORKER_NAME: 'mine', FLY_ORG: '' });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readProdVars({ PUBLIC_URL: 'https://two.example.com', WORKER_NAME: '', HOME: '/' })).toEqual({
    PUBLIC_URL: 'https://two.example.com',
    WORKER_NAME: 'mine',
    FLY_ORG: '',
  });
  expect(relayVars(readProdVars({}))).toEqual({ PUBLIC_URL: 'https://one.example.com' });
  const shell = { PUBLIC_URL: 'https://one.example.com', WORKER_NAME: 'mine', ANTHROPIC_API_KEY: 'of-the-shell' };
  expect(namesFromEnvironment(shell)).toEqual(['ANTHROPIC_API_KEY']);
});

const parseLast = (toml: string): string => [...toml.matchAll(/^tag = "(.+)"$/gm)].at(-1)?.[1] ?? '';
