import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, vi } from 'vitest';

// Runs before each file. The files of a worker share one runtime, but each file starts as if it were the first: the
// relay's settings and counters, the clock, the directory. Conversations need nothing, because each test has its own.

const vars = env as unknown as Record<string, unknown>;
const kept = globalThis as { pristine?: { vars: Record<string, unknown>; now: () => number } };
kept.pristine ??= {
  vars: Object.fromEntries(Object.entries(vars).filter(([, value]) => typeof value === 'string')),
  now: Date.now,
};

vi.restoreAllMocks();
// The worker reads its configuration once and counts in memory, so its modules are loaded again; all others keep
// nothing. `vi.resetModules` would load the whole relay again, which takes longer than the tests of most files.
type Modules = { idToModuleMap: Map<string, object>; invalidateModule: (module: object) => void };
const { __vitest_worker__: runner } = globalThis as unknown as { __vitest_worker__: { evaluatedModules: Modules } };
for (const [path, module] of runner.evaluatedModules.idToModuleMap) {
  if (path.includes('/src/worker/')) runner.evaluatedModules.invalidateModule(module);
}
Date.now = kept.pristine.now;
for (const [name, value] of Object.entries(vars))
  if (typeof value === 'string' && !(name in kept.pristine.vars)) delete vars[name];
Object.assign(vars, kept.pristine.vars);

beforeAll(async () => {
  await runInDurableObject(env.DIRECTORY.getByName('directory'), (_, { storage }) => storage.deleteAll());
  // The next call finds a new object.
  await abortAllDurableObjects();
});
