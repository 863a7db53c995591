import { META, type Wanted } from './context.ts';
import { type MachineWish, machineConfig } from './machine-config.ts';

/**
 * The config of the machine in the app `name`. `what`: an image and the fingerprint that is noted with it; usually what is
 * wanted now, when a machine goes back what it ran before.
 */
export const machineFor = (wish: MachineWish, what: Wanted, name: string, volume: string) =>
  machineConfig({
    ...wish,
    image: what.image,
    volume,
    // The one name that tokens for this machine carry.
    env: { ...wish.env, MACHINE_AUDIENCE: name },
    metadata: { ...wish.metadata, [META.settings]: what.settings },
  });

/** Where the relay is and whose tokens are taken: of another relay the machine would be of no use, however sound. */
const OF_THE_RELAY = ['RELAY_URL', 'RELAY_PUBLIC_KEYS'];

/** The config that a machine had before, with its present disk and the present relay's address and keys. */
export function asBefore<Config extends { env?: Record<string, string> | null | undefined }>(
  config: Config,
  { mounts, env }: ReturnType<typeof machineFor>,
) {
  const current = Object.entries(env).filter(([name]) => OF_THE_RELAY.includes(name));
  return { ...config, mounts, env: { ...config.env, ...Object.fromEntries(current) } };
}
