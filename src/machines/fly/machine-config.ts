import type { Wanted } from '../rollout.ts';

// What a machine is: one set of settings, from which come both the config of machines made for people and fly.toml, the
// machine made by hand. Pure; scripts/generate/fly-toml.ts writes the file.

export const machineSettings = {
  port: 8080,
  dataDir: '/data',
  volumeName: 'data',
  /** It lets a running turn go on for SHUTDOWN_GRACE_MS (280 s); 300 s is the longest the platform waits. */
  killSignal: 'SIGTERM',
  killTimeoutSeconds: 300,
  /** Asleep when no request is open; the relay holds one while a turn runs, and the next one wakes the machine. */
  autostop: 'stop',
  autostart: true,
  minRunning: 0,
  concurrency: { type: 'requests', soft_limit: 50, hard_limit: 100 },
  check: { method: 'GET', path: '/healthz', interval: '30s', timeout: '5s', grace_period: '15s' },
  /** A server that ends itself because it is idle exits with 0 and stays down until the next request. */
  restart: { policy: 'on-failure', retries: 10 },
  cpuKind: 'shared',
  memoryMb: 1024,
} as const;

/** Names in a machine’s metadata: the deployment it belongs to (never the person), the relay’s version, its settings. */
export const META = {
  deployment: 'roost_deployment',
  version: 'roost_version',
  settings: 'roost_settings',
} as const;

/** The properties that all machines of a deployment share. */
export type MachineSpec = {
  image: string;
  memoryMb: number;
  env: Record<string, string>;
  metadata: Record<string, string>;
};

const MEMORY_STEP_MB = 256;
const MEMORY_PER_CPU_MB = 2048;

/** Memory comes in steps, and so much of it with a shared CPU. */
export function guestOf(memoryMb: number): { cpu_kind: string; cpus: number; memory_mb: number } {
  const memory_mb = Math.ceil(memoryMb / MEMORY_STEP_MB) * MEMORY_STEP_MB;
  const cpus = [1, 2, 4, 8].find((count) => count * MEMORY_PER_CPU_MB >= memory_mb) ?? 8;
  return { cpu_kind: machineSettings.cpuKind, cpus, memory_mb };
}

/** The config of one machine, as the Machines API takes it; an update replaces all of it. */
export function machineConfig({ image, memoryMb, volume, env, metadata }: MachineSpec & { volume: string }) {
  const { port, dataDir, killSignal, killTimeoutSeconds, restart, check, concurrency } = machineSettings;
  return {
    image,
    guest: guestOf(memoryMb),
    env: { ...env, PORT: String(port), DATA_DIR: dataDir },
    mounts: [{ volume, path: dataDir }],
    services: [
      {
        protocol: 'tcp',
        internal_port: port,
        autostop: machineSettings.autostop,
        autostart: machineSettings.autostart,
        min_machines_running: machineSettings.minRunning,
        concurrency,
        ports: [
          { port: 80, handlers: ['http'], force_https: true },
          { port: 443, handlers: ['tls', 'http'] },
        ],
        checks: [{ type: 'http', port, protocol: 'http', ...check }],
      },
    ],
    restart: { policy: restart.policy, max_retries: restart.retries },
    stop_config: { signal: killSignal, timeout: `${killTimeoutSeconds}s` },
    metadata,
  };
}

/**
 * The config of the machine in the app `name`. `what`: an image and the fingerprint that is noted with it; usually what is
 * wanted now, when a machine goes back what it ran before.
 */
export const machineConfigFor = (spec: MachineSpec, what: Wanted, name: string, volume: string) =>
  machineConfig({
    ...spec,
    image: what.image,
    volume,
    // The one name that tokens for this machine carry.
    env: { ...spec.env, MACHINE_AUDIENCE: name },
    metadata: { ...spec.metadata, [META.settings]: what.settings },
  });

/** Where the relay is and whose tokens are taken: of another relay the machine would be of no use, however sound. */
const OF_THE_RELAY = ['RELAY_URL', 'RELAY_PUBLIC_KEYS'];

/** The config that a machine had before, with its present disk and the present relay's address and keys. */
export function restoredConfig<Config extends { env?: Record<string, string> | null | undefined }>(
  config: Config,
  { mounts, env }: ReturnType<typeof machineConfigFor>,
) {
  const current = Object.entries(env).filter(([name]) => OF_THE_RELAY.includes(name));
  return { ...config, mounts, env: { ...config.env, ...Object.fromEntries(current) } };
}

/** The same for the same wish, whatever the order of its names, and for whichever conversation. */
export async function settingsFingerprint(spec: MachineSpec): Promise<string> {
  const text = JSON.stringify(sorted(machineConfig({ ...spec, volume: '' })));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(names.map(([name, inner]) => [name, sorted(inner)]));
}
