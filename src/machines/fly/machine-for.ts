import { type MachineWish, machineConfig } from './machine-config.ts';
import { META, type Wanted } from './place.ts';

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
