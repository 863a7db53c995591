import type { MachineProvider } from '../provider.ts';
export type FlyProviderOptions = {
  apiUrl: string;
  token: string;
  org: string;
  image: string;
  regions: readonly string[];
  memoryMb: number;
  volumeGb: number;
  machinesUrl: string;
  env: Record<string, string>;
  deployment: string;
  version: string;
  ledger: {
    claim(name: string): Promise<'taken' | 'full'>;
    record(row: {
      name: string;
      image: string | null;
      settings: string | null;
      revertedFrom: string | null;
    }): Promise<void>;
  };
};
export function flyProvider(_options: FlyProviderOptions): MachineProvider {
  throw new Error('not there yet');
}
export const newName = (prefix: string): string => `${prefix}-${crypto.randomUUID().replaceAll('-', '').slice(0, 20)}`;
