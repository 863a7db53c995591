import type { FlyImage } from './cloud.ts';
import type { MachineRecord } from './store.ts';

// The environment and folders of a machine's program. Pure. A real machine has its volume at /data and its own network;
// here, paths on the volume move into the volume's folder and the program gets a free port of this computer.

export type Place = {
  /** The folder of the volume; null without one. */
  volume: string | null;
  /** State that lasts for one run of the machine. */
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
    // A HOME of its own; the image or the config may name one on the volume.
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

/** Every process on the machine has this in its environment, even the shells of its agents. */
export const marksOf = (machine: MachineRecord, place: Place): string[] => [
  `FLY_MACHINE_ID=${machine.id}`,
  ...(place.volume !== null ? [`HOME=${place.volume}/`] : []),
];

/** The port the program would listen on in its machine; null when nothing names one and any will do. */
export function portInside({ config }: MachineRecord, image: FlyImage): number | null {
  const said = config.env?.PORT ?? image.env?.PORT;
  return said === undefined ? null : Number(said);
}
