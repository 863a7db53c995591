import type { MachineProvider } from './provider.ts';

/** The same machine for every conversation, run by somebody else; who may share it is decided by the configuration (STATIC_SHARED). */
export function staticProvider(url: string, audience: string): MachineProvider {
  const nothing = async (): Promise<void> => undefined;
  return {
    address: () => ({ url, audience, headers: {} }),
    ensure: async () => ({ kind: 'done', next: { step: 'ready' } }),
    inspect: async () => ({ state: 'started', reason: 'not looked at', stoppedAt: null }),
    stop: nothing,
    destroy: nothing,
  };
}
