import * as z from 'zod';
import { killTimeout, machineConfig, stopSignal } from './config-schema.ts';
import { isDuration } from './duration.ts';
import { refusals } from './refusals.ts';

// The request bodies of the Machines API, as strict as their documentation. Only their shapes; other files decide what
// requests do.

/** The API accepts longer names, but such an app has no address (see proxy.ts). */
const appName = z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be lowercase letters, digits and dashes');
const region = z.string().regex(/^[a-z]{3}$/, 'must be a region');

export const createApp = z
  .strictObject({
    // The two sources name this field differently: both names are accepted, exactly one must be present.
    name: appName.optional(),
    app_name: appName.optional(),
    org_slug: z.string().min(1),
    network: z.string().optional(),
    enable_subdomains: z.boolean().optional(),
  })
  .refine((body) => (body.name === undefined) !== (body.app_name === undefined), 'name or app_name is missing');

export const assignAddress = z.strictObject({
  type: z.enum(['v4', 'shared_v4', 'v6', 'private_v6']),
  network: z.string().optional(),
  org_slug: z.string().optional(),
  region: z.string().optional(),
  service_name: z.string().optional(),
});

const volumeSettings = {
  auto_backup_enabled: z.boolean().optional(),
  snapshot_retention: z.int().min(1).max(60).optional(),
};
export const createVolume = z.strictObject({
  ...volumeSettings,
  name: z.string().regex(/^[a-z0-9_]{1,30}$/, 'must be at most 30 lowercase letters, digits and underscores'),
  region,
  size_gb: z.int().min(1).max(500).default(3),
  encrypted: z.boolean().default(true),
  fstype: z.string().optional(),
  require_unique_zone: z.boolean().optional(),
  unique_zone_app_wide: z.boolean().optional(),
  compute: z.record(z.string(), z.unknown()).optional(),
  compute_image: z.string().optional(),
});
export const updateVolume = z.strictObject(volumeSettings);
export const extendVolume = z.strictObject({ size_gb: z.int().min(1).max(500) });

const machineBody = {
  config: machineConfig,
  lease_ttl: z.int().min(0).optional(),
  lsvd: z.boolean().optional(),
  min_secrets_version: z.int().optional(),
  name: z.string().min(1).optional(),
  region: region.optional(),
  skip_launch: z.boolean().optional(),
  skip_secrets: z.boolean().optional(),
  skip_service_registration: z.boolean().optional(),
};
export const createMachine = z.strictObject(machineBody);
export const updateMachine = z.strictObject({ ...machineBody, current_version: z.string().optional() });

export const stopMachine = z.strictObject({ signal: stopSignal.optional(), timeout: killTimeout.optional() });
export const signalMachine = z.strictObject({
  signal: z.union([stopSignal, z.enum(['SIGABRT', 'SIGALRM', 'SIGFPE', 'SIGILL', 'SIGPIPE', 'SIGSEGV', 'SIGTRAP'])]),
});
export const execCommand = z.strictObject({
  command: z.array(z.string()).min(1),
  stdin: z.string().optional(),
  timeout: z.int().min(1).max(60).default(60),
});
export const createLease = z.strictObject({ description: z.string().default(''), ttl: z.int().min(1).default(30) });
export const setMetadata = z.strictObject({
  machine_version: z.string().optional(),
  metadata: z.record(z.string(), z.string().nullable()),
  updated_at: z.string().optional(),
});
export const setMetadataKey = z.strictObject({ value: z.string(), updated_at: z.string().optional() });

/** A restart's time-out may also be a number of seconds. */
export const restartTimeout = (text: string): string => {
  const given = /^\d+$/.test(text) ? `${text}s` : text;
  if (!isDuration(given)) throw refusals.badRequest('timeout must be a duration');
  return given;
};

/** The body if it fits, else the refusal that names its first problem. */
export function bodyAs<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  let json: unknown;
  try {
    json = text === '' ? {} : JSON.parse(text);
  } catch {
    throw refusals.notJson();
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw refusals.invalid(`${first?.path.join('.') || 'body'} ${first?.message ?? 'is not as documented'}`);
}
