import type { MachineProvider } from '../provider.ts';

/** The same machine for every conversation; who may share it is decided by the configuration (STATIC_SHARED). */
export function staticProvider(url: string, audience: string): MachineProvider {
  return { address: () => ({ url, audience }) };
}
