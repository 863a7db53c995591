import type { MiniflareOptions } from 'miniflare';
import type { CloudflareStore, Script, Version } from './store.ts';

// A version in workerd's options: its modules, bindings and classes of objects.

type Modules = Record<
  string,
  { type: 'esm' | 'text' | 'data' | 'wasm' | 'json'; contents: string | Uint8Array<ArrayBuffer> }
>;
const MODULE_TYPES: Readonly<Record<string, Modules[string]['type']>> = {
  'application/javascript+module': 'esm',
  'text/plain': 'text',
  'application/octet-stream': 'data',
  'application/wasm': 'wasm',
  'application/json': 'json',
};
export function workerOf(
  script: Script,
  version: Version,
  store: Pick<CloudflareStore, 'readModule' | 'assetFolder'>,
): MiniflareOptions['workers'][number] {
  const modules: Modules = {};
  for (const module of version.modules) {
    const type = MODULE_TYPES[module.type];
    if (!type) continue;
    const bytes = store.readModule(module);
    modules[module.name] = {
      type,
      contents: type === 'data' || type === 'wasm' ? bytes : new TextDecoder().decode(bytes),
    };
  }
  const assets = store.assetFolder(version);
  return {
    config: {
      name: script.name,
      compatibilityDate: version.compatibilityDate ?? '2021-11-02',
      compatibilityFlags: version.compatibilityFlags,
      ...(assets === null ? {} : { assets: { directory: assets, hasUserWorker: true } }),
      manifest: { mainModule: version.mainModule, modules },
      env: Object.fromEntries(version.bindings.flatMap((binding) => boundValue(binding, script.name))),
      exports: Object.fromEntries(
        script.classes
          .filter(({ name }) => version.bindings.some((one) => one.class_name === name))
          .map(({ name, sqlite }) => [
            name,
            { type: 'durable-object' as const, storage: sqlite ? ('sqlite' as const) : ('legacy-kv' as const) },
          ]),
      ),
    },
  };
}

type Value =
  | { type: 'text'; value: string }
  | { type: 'durable-object'; worker: string; exportName: string }
  | { type: 'r2'; name: string };

/** Bindings without a stand-in (Workers AI) are left out, so the Worker runs without them. */
function boundValue(binding: Version['bindings'][number], script: string): [string, Value][] {
  switch (binding.type) {
    case 'plain_text':
    case 'secret_text':
      return [[binding.name, { type: 'text', value: String(binding.text) }]];
    case 'durable_object_namespace':
      return [[binding.name, { type: 'durable-object', worker: script, exportName: String(binding.class_name) }]];
    case 'r2_bucket':
      return [[binding.name, { type: 'r2', name: String(binding.bucket_name) }]];
    default:
      return [];
  }
}
