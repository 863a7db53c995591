import type { FlyImage } from './cloud.ts';
import type { MachineRecord } from './store.ts';

// The environment and folders of a machine's program. Pure. A real machine has its volume at /data and a network of its
// own; here paths on the volume are moved into the volume's folder and the port is one that is free on this computer.

export type Place = {
  /** The folder of the volume, null without one. */
  volume: string | null;
  /** State that ends with the machine's run. */
  scratch: string;
  port: number;
};

export function machineEnvironment(
  machine: MachineRecord,
  image: FlyImage,
  base: Record<string, string>,
  place: Place,
): Record<string, string> {
  const { config } = machine;
  const mount = config.mounts?.[0]?.path.replace(/\/+$/, '') || null;
  const moved = (value: string): string => {
    if (mount === null || place.volume === null) return value;
    return value === mount || value.startsWith(`${mount}/`) ? place.volume + value.slice(mount.length) : value;
  };
  const own = Object.entries({ ...image.env, ...config.env }).map(([name, value]) => [name, moved(value)]);
  return {
    // Nobody's home but its own: one on the volume is named by the image or the config.
    HOME: `${place.scratch}/home`,
    ...base,
    ...Object.fromEntries(own),
    TMPDIR: `${place.scratch}/tmp`,
    HOST: '127.0.0.1',
    PORT: String(place.port),
    FLY_APP_NAME: machine.app,
    FLY_MACHINE_ID: machine.id,
    FLY_ALLOC_ID: machine.id,
    FLY_MACHINE_VERSION: machine.version,
    FLY_REGION: machine.region,
    PRIMARY_REGION: machine.region,
    FLY_IMAGE_REF: config.image,
    FLY_PRIVATE_IP: machine.privateIp,
    FLY_VM_MEMORY_MB: String(config.guest?.memory_mb ?? 256),
  };
}

/** The environment of every process on the machine contains this, even of its agents' shells. */
export const marksOf = (machine: MachineRecord, place: Place): string[] => [
  `FLY_MACHINE_ID=${machine.id}`,
  ...(place.volume !== null ? [`HOME=${place.volume}/`] : []),
];

/** The port the program would listen on in its machine; null when nothing says so and it may be any. */
export function portInside({ config }: MachineRecord, image: FlyImage): number | null {
  const said = config.env?.PORT ?? image.env?.PORT;
  return said === undefined ? null : Number(said);
}
