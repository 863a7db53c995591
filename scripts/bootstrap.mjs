// The first step of every npm script: installs missing packages, then runs the named script with the installed Node (or
// with this Node where none is installed). Runs on Node 20 with nothing installed. Keeps no state of its own.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bringsNode,
  downloadMb,
  hasTestPackages,
  installProblem,
  isTestScript,
  nodeProblem,
} from './install-state.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const system = { platform: process.platform, arch: process.arch, libc: libc(), node: process.versions.node };

function libc() {
  if (process.platform !== 'linux') return undefined;
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
}

function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function whatIsMissing(forTests) {
  const installed = readJson(join(modules, '.package-lock.json'));
  const lock = readJson(join(root, 'package-lock.json'));
  if (!lock) giveUp('package-lock.json is missing or unreadable. Restore it with `git checkout package-lock.json`.');
  const problem = installProblem(lock, installed, system, forTests);
  if (problem) return problem;
  if (bringsNode(system) && !existsSync(join(modules, '.bin', 'node')))
    return 'the version of Node that comes with Roost is missing';
  return undefined;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Passes signals on and resolves with how the child ended. A terminal sends them to the child too; twice is harmless. */
function finished(child) {
  let interrupted = false;
  const pass = SIGNALS.map((signal) => [
    signal,
    () => {
      interrupted = true;
      child.kill(signal);
    },
  ]);
  for (const [signal, listener] of pass) process.on(signal, listener);
  return new Promise((done) => {
    child.once('error', (error) => done({ error }));
    child.once('close', (code, signal) => done({ code: signal ? 128 + constants.signals[signal] : code, interrupted }));
  }).finally(() => {
    for (const [signal, listener] of pass) process.off(signal, listener);
  });
}

async function install(reason, forTests) {
  const started = Date.now();
  console.error(`Installing (${reason}). This downloads about ${downloadMb(forTests)} MB the first time.`);
  const npm = process.env.npm_execpath;
  // Packages for tests are added beside the others, which Roost may be running on.
  const how = forTests && !whatIsMissing(false) ? ['install', '--no-save'] : ['ci'];
  const packages = [forTests ? '--include=dev' : '--omit=dev', '--include=optional'];
  const args = [...how, ...packages, '--ignore-scripts', '--loglevel=error', '--no-progress'];
  const [command, rest] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  const child = spawn(command, rest, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const { code, error, interrupted } = await finished(child);
  if (interrupted) {
    console.error('The install was interrupted. The next start will run it again.');
    process.exit(130);
  }
  if (code !== 0) {
    process.stderr.write(error ? `${error.message}\n` : output);
    giveUp(
      'The install failed; npm’s error is above. Check your network and disk space, make sure no other install is running in this folder, then run the same command again.',
    );
  }
  const still = whatIsMissing(forTests);
  if (still) giveUp(`npm finished, but ${still}. Check your network, then run the same command again.`);
  console.error(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

async function run(script, args) {
  const node = bringsNode(system) ? join(modules, '.bin', 'node') : process.execPath;
  const env = {
    // What Node has compiled once, it reads from here the next time: half of a start's processor time.
    NODE_COMPILE_CACHE: join(modules, '.cache', 'compiled'),
    ...process.env,
    PATH: `${join(modules, '.bin')}:${process.env.PATH ?? ''}`,
  };
  const child = spawn(node, [join(root, script), ...args], { cwd: root, stdio: 'inherit', env });
  const { code, error } = await finished(child);
  if (error) giveUp(`${node} can't start (${error.message}). Delete node_modules, then run the same command again.`);
  process.exit(code);
}

const [script, ...args] = process.argv.slice(2);
if (!script) giveUp('Usage: node scripts/bootstrap.mjs <script> [arguments]');
const wrongNode = nodeProblem(system);
if (wrongNode) giveUp(wrongNode);
const forTests = isTestScript(script) || hasTestPackages(readJson(join(modules, '.package-lock.json')));
const missing = whatIsMissing(forTests);
if (missing) await install(missing, forTests);
await run(script, args);
