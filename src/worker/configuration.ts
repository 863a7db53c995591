import { type Config, type ConfigResult, readConfig } from '../config/config.ts';
import { reportRefusal } from './refusal-log.ts';

// The configuration for the handlers. Read once per isolate: a changed configuration starts a new isolate.

/** Every handler finds the configuration in its context. */
export type AppEnv = { Bindings: Env; Variables: { config: Config } };

let read: ConfigResult | undefined;

/** Null when it is invalid; the log then lists every problem. */
export function configure(env: Env): Config | null {
  read ??= readConfig(env);
  if (read.ok) return read.config;
  reportRefusal({ level: 'error', event: 'configuration', problem: read.problems.join('; ') });
  return null;
}
