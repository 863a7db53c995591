import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'esbuild';
import { freePort } from '../scripts/local/ports.ts';
import { findOrBuildBundle, workerdPath } from '../scripts/local/relay-bundle.ts';
import { median, type Part } from './figures.ts';

// The cost of a start of the Worker: the processor time of a fresh workerd until it has answered `GET /healthz`, with the
// relay's bundle and, by turns, with a Worker of a few lines on Hono. Linux only.

const TIMES = 'the Worker, start-up CPU beside a hello world on Hono';
const ITSELF = 'the Worker, start-up CPU with workerd’s own';
const STARTS = 9;
const WITHIN_MS = 30_000;

const HELLO = `import { Hono } from 'hono';
const app = new Hono();
app.get('/healthz', (c) => c.text('Hello, world!'));
export default app;`;
const OBJECTS = ['Conversation', 'Directory'];

const root = resolve(import.meta.dirname, '..');

export const parts: readonly Part[] = [
  {
    name: 'start of the Worker',
    rows: [
      { row: TIMES, unit: '×', target: 3 },
      { row: ITSELF, unit: 'ms' },
    ],
    runs: 3,
    async measure() {
      const folder = mkdtempSync(join(tmpdir(), 'roost-worker-'));
      try {
        const hello = await bundleOf(HELLO);
        const relay = readFileSync(join(await findOrBuildBundle(root), 'local.js'), 'utf8');
        const taken: { hello: number[]; relay: number[] } = { hello: [], relay: [] };
        for (let start = 0; start < STARTS; start++) {
          taken.hello.push(await cpuOfStart(folder, hello, []));
          taken.relay.push(await cpuOfStart(folder, relay, OBJECTS));
        }
        const own = median(taken.relay);
        return { [TIMES]: own / median(taken.hello), [ITSELF]: own };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
];

async function bundleOf(source: string): Promise<string> {
  const stdin = { contents: source, resolveDir: root };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: 'esm', write: false });
  return outputFiles[0]?.text ?? '';
}

/** Milliseconds of processor time, of all threads. */
async function cpuOfStart(folder: string, code: string, objects: readonly string[]): Promise<number> {
  const port = await freePort();
  writeFileSync(join(folder, 'main.js'), code);
  writeFileSync(join(folder, 'config.capnp'), configuration(port, objects));
  const child = spawn(workerdPath(), ['serve', join(folder, 'config.capnp'), '--experimental'], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  try {
    for (const until = Date.now() + WITHIN_MS; !(await answers(port)); await pause(3))
      if (Date.now() > until) throw new Error('workerd did not answer.');
    const threads = `/proc/${child.pid}/task`;
    const ran = readdirSync(threads).map((id) => readFileSync(join(threads, id, 'schedstat'), 'utf8').split(' ')[0]);
    return ran.reduce((sum, nanoseconds) => sum + Number(nanoseconds), 0) / 1e6;
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/healthz`).then(
    async (response) => (await response.text()) !== '',
    () => false,
  );

function configuration(port: number, objects: readonly string[]): string {
  const bindings = objects.map((name) => `(name = "${name.toUpperCase()}", durableObjectNamespace = "${name}")`);
  const namespaces = objects.map((name) => `(className = "${name}", uniqueKey = "${name}", enableSql = true)`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "main.js", esModule = embed "main.js")],
    compatibilityDate = "2026-10-15",
    bindings = [${bindings.join(', ')}],
    durableObjectNamespaces = [${namespaces.join(', ')}],
    durableObjectStorage = (inMemory = void),
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}
