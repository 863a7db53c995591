import { type Config, readConfig } from '../config/config.ts';
import type { Operator } from './operator/operator.ts';
import { reportRefusal } from './refusal-log.ts';

// The configuration for the handlers.

/** Every handler finds the configuration in its context, and those of the operator's page who uses it. */
export type AppEnv = { Bindings: Env; Variables: { config: Config; operator: Operator } };

/** Null when it is invalid; the log then lists every problem. */
export function configure(env: Env): Config | null {
  const read = readConfig(env);
  if (read.ok) return read.config;
  reportRefusal({ level: 'error', event: 'configuration', problem: read.problems.join('; ') });
  return null;
}
