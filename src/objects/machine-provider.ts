import type { Config } from '../config/config.ts';
import { VERSION } from '../config/config.ts';
import { createFlyProvider } from '../machines/fly/provider.ts';
import type { MachineProvider } from '../machines/provider.ts';
import { createStaticProvider } from '../machines/static-provider.ts';
import { publicPartOf } from '../protocol/index.ts';
import { directoryOf } from './namespaces.ts';

// The machine provider that the configuration names. The directory counts the machines of all conversations.

export function providerOf(env: Env, config: Config, conversation: string): MachineProvider {
  if (config.MACHINE_PROVIDER === 'static')
    return createStaticProvider(config.MACHINE_URL ?? '', config.MACHINE_AUDIENCE);
  return createFlyProvider({
    ...flySettingsOf(config),
    ledger: {
      claim: (name) => directoryOf(env, config).claimMachine(conversation, name, config.FLY_MAX_MACHINES),
      release: () => directoryOf(env, config).releaseMachine(conversation),
      record: (row) => directoryOf(env, config).recordMachine({ conversation, ...row }),
    },
  });
}

/** The part of the configuration that every machine of this deployment is made from. */
export const flySettingsOf = (config: Config) => ({
  apiUrl: config.FLY_API_URL,
  token: config.FLY_API_TOKEN ?? '',
  org: config.FLY_ORG ?? '',
  image: config.FLY_IMAGE ?? '',
  regions: config.FLY_REGION,
  memoryMb: config.FLY_MEMORY_MB,
  autostop: config.FLY_AUTOSTOP,
  volumeGb: config.FLY_VOLUME_GB,
  machinesUrl: config.FLY_MACHINES_URL,
  env: {
    RELAY_URL: config.PUBLIC_URL,
    RELAY_PUBLIC_KEYS: JSON.stringify([publicPartOf(config.MACHINE_SIGNING_KEY)]),
    IDLE_TIMEOUT_MS: String(config.IDLE_TIMEOUT_MS),
  },
  deployment: new URL(config.PUBLIC_URL).host,
  version: VERSION,
});
