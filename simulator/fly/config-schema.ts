import * as z from 'zod';
import { isDuration, milliseconds } from './duration.ts';

// The config of a machine, as strict as its documentation: fields missing from the reference are refused, so that a
// misspelled name shows up here and not as a machine that never sleeps. Fields without an effect in the stand-in are
// left out on purpose.

const duration = z.union([z.string(), z.int()]).refine(isDuration, 'must be a duration like "15s"');
const signal = z.enum(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGUSR1', 'SIGUSR2', 'SIGTERM']);
const port = z.int().min(1).max(65_535);
const KILL_TIMEOUT_MAX_MS = 300_000;

export const killTimeout = duration.refine(
  (value) => milliseconds(value) <= KILL_TIMEOUT_MAX_MS,
  'is longer than 300 s, the longest the platform waits',
);
export const stopSignal = signal;

const check = {
  grace_period: duration.optional(),
  headers: z.array(z.strictObject({ name: z.string(), values: z.array(z.string()) })).optional(),
  interval: duration.optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  port: port.optional(),
  protocol: z.enum(['http', 'https']).optional(),
  timeout: duration.optional(),
  tls_server_name: z.string().optional(),
  tls_skip_verify: z.boolean().optional(),
  type: z.enum(['tcp', 'http']),
};

const autostop = z
  .union([z.enum(['off', 'stop', 'suspend']), z.boolean()])
  .transform((value) => (typeof value === 'boolean' ? (value ? 'stop' : 'off') : value));

const service = z
  .strictObject({
    autostart: z.boolean().optional(),
    autostop: autostop.optional(),
    checks: z.array(z.strictObject(check)).optional(),
    concurrency: z
      .strictObject({
        hard_limit: z.int().min(1).optional(),
        soft_limit: z.int().min(1).optional(),
        type: z.enum(['connections', 'requests']).default('connections'),
      })
      .optional(),
    force_instance_description: z.string().optional(),
    force_instance_key: z.string().optional(),
    internal_port: port,
    min_machines_running: z.int().min(0).optional(),
    ports: z
      .array(
        z.strictObject({
          end_port: port.optional(),
          force_https: z.boolean().optional(),
          handlers: z.array(z.enum(['http', 'tls', 'pg_tls', 'proxy_proto', 'edge_http'])).optional(),
          http_options: z
            .strictObject({
              compress: z.boolean().optional(),
              h2_backend: z.boolean().optional(),
              headers_read_timeout: z.int().optional(),
              idle_timeout: z.int().optional(),
              response: z
                .strictObject({
                  headers: z.record(z.string(), z.unknown()).optional(),
                  pristine: z.boolean().optional(),
                })
                .optional(),
            })
            .optional(),
          port: port.optional(),
          start_port: port.optional(),
          tls_options: z
            .strictObject({
              alpn: z.array(z.string()).optional(),
              default_self_signed: z.boolean().optional(),
              versions: z.array(z.string()).optional(),
            })
            .optional(),
        }),
      )
      .optional(),
    protocol: z.enum(['tcp', 'udp']),
  })
  .refine(({ autostop: stop, autostart }) => stop === undefined || stop === 'off' || autostart !== false, {
    // A machine that stops when idle and isn't started by traffic sleeps forever.
    message: 'autostop without autostart',
  });

const MEMORY_PER_CPU = { shared: [256, 2048], performance: [2048, 8192] } as const;

const guest = z
  .strictObject({
    cpu_kind: z.enum(['shared', 'performance']).default('shared'),
    cpus: z.literal([1, 2, 4, 6, 8, 16]).default(1),
    host_dedication_id: z.string().optional(),
    kernel_args: z.array(z.string()).optional(),
    memory_mb: z.int().multipleOf(256).default(256),
    persist_rootfs: z.enum(['never', 'always', 'restart']).optional(),
  })
  .refine(({ cpu_kind, cpus, memory_mb }) => {
    const [least, most] = MEMORY_PER_CPU[cpu_kind];
    return memory_mb >= least * cpus && memory_mb <= most * cpus;
  }, 'memory_mb does not go with cpu_kind and cpus');

const words = z.record(z.string(), z.string());

export const machineConfig = z
  .strictObject({
    auto_destroy: z.boolean().optional(),
    checks: z
      .record(z.string(), z.strictObject({ ...check, kind: z.enum(['informational', 'readiness']).optional() }))
      .optional(),
    dns: z.strictObject({ skip_registration: z.boolean().optional() }).optional(),
    env: words.optional(),
    guest: guest.optional(),
    image: z.string().min(1),
    init: z
      .strictObject({
        cmd: z.array(z.string()).optional(),
        entrypoint: z.array(z.string()).optional(),
        exec: z.array(z.string()).optional(),
        kernel_args: z.array(z.string()).optional(),
        swap_size_mb: z.int().min(0).optional(),
        tty: z.boolean().optional(),
      })
      .optional(),
    metadata: words.optional(),
    metrics: z.strictObject({ https: z.boolean().optional(), path: z.string(), port }).optional(),
    mounts: z
      .array(
        z.strictObject({
          add_size_gb: z.int().optional(),
          encrypted: z.boolean().optional(),
          extend_threshold_percent: z.int().optional(),
          name: z.string().optional(),
          path: z.string().startsWith('/', 'must be an absolute path'),
          size_gb: z.int().optional(),
          size_gb_limit: z.int().optional(),
          volume: z.string(),
        }),
      )
      .max(1, 'must have at most one volume')
      .optional(),
    restart: z
      .strictObject({
        max_retries: z.int().min(0).optional(),
        policy: z.enum(['no', 'always', 'on-failure']).default('on-failure'),
      })
      .optional(),
    rootfs: z
      .strictObject({ persist: z.enum(['never', 'always', 'restart']).optional(), size_gb: z.int().optional() })
      .optional(),
    schedule: z.enum(['hourly', 'daily', 'weekly', 'monthly']).optional(),
    services: z.array(service).optional(),
    size: z.string().optional(),
    stop_config: z.strictObject({ signal: signal.optional(), timeout: killTimeout.optional() }).optional(),
  })
  .refine(({ guest: own, size }) => own === undefined || size === undefined, 'guest and size cannot be combined');

export type MachineConfig = z.output<typeof machineConfig>;
export type Service = NonNullable<MachineConfig['services']>[number];
