import type { Config } from '../config/config.ts';

/** What every handler of the edge finds in its context. */
export type AppEnv = { Bindings: Env; Variables: { config: Config } };
