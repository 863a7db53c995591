import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

// Builds the agent's image and pushes it to Fly's registry, with flyctl or Docker, whichever is here. The token goes
// through the environment or stdin, never on the command line; the programs get an environment and a HOME of their own.

export type Builder = 'flyctl' | 'docker';
export type Built = { ok: true; image: string } | { ok: false; tail: string };

const root = resolve(import.meta.dirname, '../..');
const REGISTRY = 'registry.fly.io';
const BUILD_MS = 30 * 60_000;

export function findBuilder(path = process.env.PATH ?? ''): Builder | null {
  if (onPath('flyctl', path)) return 'flyctl';
  return onPath('docker', path) && engineAnswers() ? 'docker' : null;
}

function onPath(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/** The program alone can't build; it needs its engine. */
function engineAnswers(): boolean {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
}

/** The address of this person's engine: their HOME names it, and a build gets another HOME. */
function engineAddress(): { DOCKER_HOST?: string } {
  const { DOCKER_HOST } = process.env;
  if (DOCKER_HOST) return { DOCKER_HOST };
  try {
    const args = ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'];
    const said = execFileSync('docker', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5_000,
    });
    return /^(unix|npipe):\S+$/.test(said.trim()) ? { DOCKER_HOST: said.trim() } : {};
  } catch {
    return {};
  }
}

export async function buildImage(builder: Builder, app: string, token: string): Promise<Built> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const home = mkdtempSync(join(tmpdir(), 'roost-image-'));
  const reference = `${REGISTRY}/${app}:${version}`;
  const engine = builder === 'docker' ? engineAddress() : {};
  try {
    let output = '';
    for (const { args, input } of builder === 'flyctl' ? flySteps(app, version) : dockerSteps(reference, token)) {
      const given = builder === 'docker' ? { DOCKER_CONFIG: home, ...engine } : { FLY_API_TOKEN: token };
      const ran = await run(builder, args, input, { HOME: home, ...given });
      if (ran.code !== 0) return { ok: false, tail: tailOf(ran.output, token) };
      output = ran.output;
    }
    const digest = pushedDigest(output, app);
    // The output does not name the digest; the tag at least names this version.
    return { ok: true, image: digest === null ? reference : `${REGISTRY}/${app}@${digest}` };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The digest of the pushed image; the output also names the digests of its base images. */
function pushedDigest(output: string, app: string): string | null {
  const named = new RegExp(`${REGISTRY}/${app}(?::[\\w.-]+)?@(sha256:[0-9a-f]{64})`).exec(output)?.[1];
  return named ?? /^\S+: digest: (sha256:[0-9a-f]{64})/m.exec(output)?.[1] ?? null;
}

type Command = { args: string[]; input?: string };

const flySteps = (app: string, label: string): Command[] => [
  {
    args: [
      'deploy',
      '--build-only',
      '--push',
      '--remote-only',
      '--app',
      app,
      '--config',
      'fly.toml',
      '--image-label',
      label,
    ],
  },
];

const dockerSteps = (reference: string, token: string): Command[] => [
  { args: ['login', REGISTRY, '--username', 'x', '--password-stdin'], input: token },
  { args: ['build', '--platform', 'linux/amd64', '--file', 'vm/Dockerfile', '--tag', reference, '.'] },
  { args: ['push', reference] },
];

function run(program: string, args: string[], input: string | undefined, env: Record<string, string>) {
  const child = spawn(program, args, {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: BUILD_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  // The program may end before it has read anything.
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  return new Promise<{ code: number; output: string }>((done) => {
    child.once('error', (error) => done({ code: 127, output: error.message }));
    child.once('close', (code) => done({ code: code ?? 137, output }));
  });
}

const tailOf = (output: string, token: string): string =>
  output.replaceAll(token, '…').trimEnd().split('\n').slice(-12).join('\n');
