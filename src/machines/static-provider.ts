import type { MachineProvider } from './provider.ts';

/** One machine for every conversation, started by the operator. STATIC_SHARED decides whether people may share it. */
export function createStaticProvider(url: string, audience: string): MachineProvider {
  const nothing = async (): Promise<void> => undefined;
  return {
    address: () => ({ url, audience, headers: {} }),
    ensure: async () => ({ kind: 'done', next: { step: 'ready' } }),
    inspect: async () => ({ state: 'started', reason: 'not looked at', stoppedAt: null }),
    stop: nothing,
    release: nothing,
    destroy: nothing,
  };
}
