import type { Wanted } from '../rollout.ts';

// The settings of a machine. Both the config of machines that the relay creates and fly.toml, for a machine started by
// hand, come from here. Pure; scripts/generate/fly-toml.ts writes the file.

export const machineSettings = {
  port: 8080,
  dataDir: '/data',
  volumeName: 'data',
  /** The server lets a running turn continue for SHUTDOWN_GRACE_MS (280 s); the platform waits at most 300 s. */
  killSignal: 'SIGTERM',
  killTimeoutSeconds: 300,
  /**
   * The machine sleeps when no request is open. The relay holds one while a turn runs; the next request wakes the
   * machine. FLY_AUTOSTOP changes how the machines sleep that the relay makes.
   */
  autostop: 'stop',
  autostart: true,
  minRunning: 0,
  concurrency: { type: 'requests', soft_limit: 50, hard_limit: 100 },
  check: { method: 'GET', path: '/healthz', interval: '30s', timeout: '5s', grace_period: '15s' },
  /** An idle server exits with 0 and stays down until the next request. */
  restart: { policy: 'on-failure', retries: 10 },
  cpuKind: 'shared',
  memoryMb: 1024,
} as const;

/**
 * Names in a machine’s metadata: the deployment it belongs to (never the person), the relay’s version, its settings.
 */
export const META = {
  deployment: 'roost_deployment',
  version: 'roost_version',
  settings: 'roost_settings',
} as const;

/** `stop`: the next request finds a new start. `suspend`: Fly keeps the memory, as long as it can. */
export type Autostop = 'stop' | 'suspend';

/** The properties that all machines of a deployment share. */
export type MachineSpec = {
  image: string;
  memoryMb: number;
  autostop?: Autostop | undefined;
  env: Record<string, string>;
  metadata: Record<string, string>;
};

const MEMORY_STEP_MB = 256;
const MEMORY_PER_CPU_MB = 2048;

/** Memory comes in steps, and a shared CPU allows a limited amount of it. */
export function guestOf(memoryMb: number): { cpu_kind: string; cpus: number; memory_mb: number } {
  const memory_mb = Math.ceil(memoryMb / MEMORY_STEP_MB) * MEMORY_STEP_MB;
  const cpus = [1, 2, 4, 8].find((count) => count * MEMORY_PER_CPU_MB >= memory_mb) ?? 8;
  return { cpu_kind: machineSettings.cpuKind, cpus, memory_mb };
}

/** The config of one machine for the Machines API; an update replaces all of it. */
export function machineConfig({ image, memoryMb, autostop, volume, env, metadata }: MachineSpec & { volume: string }) {
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
        autostop: autostop ?? machineSettings.autostop,
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
 * The config of the machine in the app `name`. `what`: the image and its fingerprint: usually the wanted ones, or those
 * from before when a machine goes back.
 */
export const machineConfigFor = (spec: MachineSpec, what: Wanted, name: string, volume: string) =>
  machineConfig({
    ...spec,
    image: what.image,
    volume,
    // The audience of the tokens for this machine.
    env: { ...spec.env, MACHINE_AUDIENCE: name },
    metadata: { ...spec.metadata, [META.settings]: what.settings },
  });

/** The relay's address and keys: a machine that trusts another relay is useless, even when it works. */
const OF_THE_RELAY = ['RELAY_URL', 'RELAY_PUBLIC_KEYS'];

/** The previous config with the current volume and the current relay's address and keys. */
export function restoreConfig<Config extends { env?: Record<string, string> | null | undefined }>(
  config: Config,
  { mounts, env }: ReturnType<typeof machineConfigFor>,
) {
  const current = Object.entries(env).filter(([name]) => OF_THE_RELAY.includes(name));
  return { ...config, mounts, env: { ...config.env, ...Object.fromEntries(current) } };
}

/** Equal for equal specs, whatever the order of their fields and whichever the conversation. */
export async function fingerprintSettings(spec: MachineSpec): Promise<string> {
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
