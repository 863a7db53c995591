import { noWorker, Refusal } from './answers.ts';
import type { Runtime } from './runtime.ts';
import type { CloudflareStore, Script } from './store.ts';

// What every route works on.

export type World = {
  readonly store: CloudflareStore;
  readonly runtime: Runtime;
  readonly accountId: string;
  readonly accountName: string;
  readonly subdomain: string;
  /** The next version that is uploaded throws at every request. */
  nextIsBroken: boolean;
};

export function scriptOf(world: World, name: string): Script {
  const script = world.store.script(name);
  if (!script) throw noWorker();
  return script;
}

/** Saves, then runs what is deployed now. What workerd refuses is refused with its words, and `undo` is done. */
export async function deployed(world: World, undo: () => void): Promise<void> {
  world.store.save();
  try {
    await world.runtime.refresh();
  } catch (error) {
    undo();
    world.store.save();
    await world.runtime.refresh().catch(() => {});
    throw new Refusal(400, 10021, error instanceof Error ? error.message : String(error));
  }
}
