import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { parse } from 'smol-toml';
import type { Vars } from './dev-vars.ts';
import { findOrBuildBundle } from './relay-bundle.ts';

// The relay's process of a local run: workerd, with objects and buckets on disk, as `wrangler dev` runs it. Wrangler
// itself takes two seconds to load and to bundle; here the bundle of the last start is used again while its sources
// are the same. The caller passes the port, the folder for the data and the file with the configuration as JSON.

type Deployment = {
  name: string;
  compatibility_date: string;
  durable_objects: { bindings: { name: string; class_name: string }[] };
  assets: { directory: string };
  r2_buckets: { binding: string; bucket_name: string }[];
};

const root = resolve(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'persist-to': { type: 'string', default: '' },
    vars: { type: 'string', default: '' },
  },
});

const bundle = await findOrBuildBundle(root);
const deployed = parse(readFileSync(join(root, 'wrangler.toml'), 'utf8')) as Deployment;
const modules = readdirSync(bundle)
  .filter((name) => name.endsWith('.js'))
  .map((name) => [name, { type: 'esm' as const, contents: readFileSync(join(bundle, name), 'utf8') }]);
const vars = JSON.parse(readFileSync(values.vars, 'utf8')) as Vars;
const objects = deployed.durable_objects.bindings;

// Read at once: a newer bundle may take this one's place while the relay runs.
const sourceMap = readFileSync(join(bundle, 'local.js.map'), 'utf8');
let map: SourceMap | undefined;

/** A stack in the log names the sources, not places in the bundle. */
function nameSources(message: string): string {
  return message.replace(/\S*\blocal\.js:(\d+):(\d+)/g, (place, line: string, column: string) => {
    map ??= new SourceMap(JSON.parse(sourceMap));
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
    const isKnown = 'originalSource' in entry && entry.originalSource !== undefined;
    return isKnown
      ? `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
      : place;
  });
}

const miniflare = new Miniflare({
  host: '127.0.0.1',
  port: Number(values.port),
  // Nothing is asked of the network, and no pages are served that read or change conversations.
  cf: false,
  unsafeTriggerHandlers: true,
  unsafeLocalExplorer: false,
  unsafeObservability: false,
  telemetry: { enabled: false },
  logRequests: false,
  resourcePersistencePath: join(values['persist-to'], 'v3'),
  log: new Log(LogLevel.INFO),
  handleStructuredLogs: ({ level, message }) => console[level === 'error' ? 'error' : 'log'](nameSources(message)),
  workers: [
    {
      config: {
        name: deployed.name,
        compatibilityDate: deployed.compatibility_date,
        assets: { directory: join(root, deployed.assets.directory), hasUserWorker: true },
        manifest: { mainModule: 'local.js', modules: Object.fromEntries(modules) },
        env: Object.fromEntries([
          ...Object.entries(vars).map(([name, value]) => [name, { type: 'text' as const, value }]),
          ...objects.map(({ name, class_name }) => [
            name,
            { type: 'durable-object' as const, worker: deployed.name, exportName: class_name },
          ]),
          ...deployed.r2_buckets.map(({ binding, bucket_name }) => [
            binding,
            { type: 'r2' as const, name: bucket_name },
          ]),
        ]),
        exports: Object.fromEntries(
          objects.map(({ class_name }) => [
            class_name,
            { type: 'durable-object' as const, storage: 'sqlite' as const },
          ]),
        ),
      },
    },
  ],
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void miniflare.dispose().finally(() => process.exit(0)));
await miniflare.ready;
