import { resolve } from 'node:path';
import * as z from 'zod';
import type { FlyImage, FlyOptions } from './cloud.ts';

// Reads the fake Fly's settings from the environment and names every problem at once. Pure.

const required = (name: string) => z.string(`${name} is missing.`);
const number = (name: string, least: number) =>
  z.coerce.number(`${name} must be a number.`).min(least, `${name} must be at least ${least}.`);

const schema = z.object({
  FLY_PORT: number('FLY_PORT', 0).int('FLY_PORT must be a whole number.').max(65_535).default(4040),
  FLY_API_TOKEN: required('FLY_API_TOKEN'),
  FLY_ORG: required('FLY_ORG'),
  /** The folder for state.json and the volumes. */
  FLY_STATE: required('FLY_STATE'),
  /** Machines with this image reference run the agent server of this repository. */
  FLY_IMAGE: required('FLY_IMAGE'),
  /** How many times faster than the real Fly. */
  FLY_SCALE: number('FLY_SCALE', 0.01).default(1),
});

/** The only variables of this process's environment that machines get. */
const PASSED_ON = [
  ...['PATH', 'LANG', 'LC_ALL', 'TZ', 'LOG_LEVEL'],
  ...['SANDBOX', 'PRIVATE_PATHS', 'MEMORY_MIN_FREE_MB', 'SHUTDOWN_GRACE_MS'],
  ...['MAX_CONCURRENT_TURNS', 'AUTO_MEMORY', 'AGENT_TEAMS'],
];

/** As in vm/Dockerfile, except for the agent: this is somebody's computer, so it asks for consent. */
const agentServer = (root: string, approvals: string | undefined): FlyImage => ({
  command: process.execPath,
  args: [resolve(root, 'vm/src/main.ts')],
  cwd: root,
  env: { PORT: '8080', DATA_DIR: '/data', HOME: '/data/home', APPROVALS: approvals ?? 'ask' },
});

export type FlySettings = { ok: true; options: FlyOptions } | { ok: false; problems: string[] };

export function readFlySettings(environment: Record<string, string | undefined>, root: string): FlySettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) return { ok: false, problems: [...new Set(parsed.error.issues.map(({ message }) => message))] };
  const { FLY_PORT, FLY_API_TOKEN, FLY_ORG, FLY_STATE, FLY_IMAGE, FLY_SCALE } = parsed.data;
  const passed = PASSED_ON.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]));
  return {
    ok: true,
    options: {
      port: FLY_PORT,
      token: FLY_API_TOKEN,
      org: FLY_ORG,
      folder: resolve(root, FLY_STATE),
      images: { [FLY_IMAGE]: agentServer(root, given.APPROVALS) },
      pace: { scale: FLY_SCALE },
      env: Object.fromEntries(passed),
    },
  };
}
