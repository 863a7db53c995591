// First step of every npm script: installs what is missing, then runs the named script under the Node that the install
// brought (or this one, where it brings none). Runs under Node 20 with nothing installed. Keeps no state of its own.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bringsNode, DOWNLOAD_MB, installProblem, nodeProblem } from './install-state.mjs';

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

function whatIsMissing() {
  const lock = readJson(join(root, 'package-lock.json'));
  if (!lock) giveUp('package-lock.json is missing or unreadable. Restore it with `git checkout package-lock.json`.');
  const problem = installProblem(lock, readJson(join(modules, '.package-lock.json')), system);
  if (problem) return problem;
  if (bringsNode(system) && !existsSync(join(modules, '.bin', 'node'))) return 'the Node that Roost brings is missing';
  return undefined;
}

function install(reason) {
  const started = Date.now();
  console.log(`Installing (${reason}). This downloads about ${DOWNLOAD_MB} MB the first time.`);
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--include=optional', '--ignore-scripts', '--loglevel=error', '--no-progress'];
  const [command, rest] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  const result = spawnSync(command, rest, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.signal || result.status === 130) process.exit(130);
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    giveUp('The install failed; npm says why above. Check the network and the disk, then run the same command again.');
  }
  const still = whatIsMissing();
  if (still) giveUp(`npm finished, but ${still}. Check the network and run the same command again.`);
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

function run(script, args) {
  const node = bringsNode(system) ? join(modules, '.bin', 'node') : process.execPath;
  const path = `${join(modules, '.bin')}:${process.env.PATH ?? ''}`;
  const child = spawn(node, [join(root, script), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  // A terminal sends the signal to the child as well; scripts take a second one calmly.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => giveUp(`${node} does not start (${error.message}). Delete node_modules and try again.`));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

const [script, ...args] = process.argv.slice(2);
if (!script) giveUp('Usage: node scripts/bootstrap.mjs <script> [arguments]');
const wrongNode = nodeProblem(system);
if (wrongNode) giveUp(wrongNode);
const missing = whatIsMissing();
if (missing) install(missing);
run(script, args);
