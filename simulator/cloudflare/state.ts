import { CloudflareRefusal, noWorker } from './answers.ts';
import type { AssetSessions } from './assets.ts';
import type { Runtime } from './runtime.ts';
import type { CloudflareStore, Script } from './store.ts';

// The state that every route works on.

export type CloudflareState = {
  readonly store: CloudflareStore;
  readonly runtime: Runtime;
  readonly assets: AssetSessions;
  readonly accountId: string;
  readonly accountName: string;
  readonly subdomain: string;
  /** The next uploaded version throws at every request. */
  nextIsBroken: boolean;
};

export function scriptOf(state: CloudflareState, name: string): Script {
  const script = state.store.script(name);
  if (!script) throw noWorker();
  return script;
}

/**
 * Saves, then runs the deployed version. If workerd refuses it, the call is refused with workerd's words and `undo`
 * runs.
 */
export async function deployed(state: CloudflareState, undo: () => void): Promise<void> {
  state.store.save();
  try {
    await state.runtime.refresh();
  } catch (error) {
    undo();
    state.store.save();
    await state.runtime.refresh().catch(() => {});
    throw new CloudflareRefusal(400, 10021, error instanceof Error ? error.message : String(error));
  }
}
