import type { Context } from 'hono';
import { reasonOf } from '../../log.ts';
import { createFlyApi } from '../../machines/fly/api.ts';
import { type AppView, listUnknown } from '../../machines/fly/inventory.ts';
import { flySettingsOf } from '../../objects/machine-provider.ts';
import { directoryOf } from '../../objects/namespaces.ts';
import { withTimeout } from '../../timeout.ts';
import type { AppEnv } from '../configuration.ts';

// Looks for apps at Fly that this deployment made and nobody's conversation uses. It only reads; `npm run doctor`
// removes them.

const LOOKED_AT = 40;
const LOOK_MS = 6000;

/** `count`: of unknown apps; more of them are looked at once these are gone. `problem`: Fly gave no answer. */
export type OrphanSearch = { apps: AppView[]; count: number } | { problem: string };

export async function findOrphans(c: Context<AppEnv>): Promise<OrphanSearch> {
  const config = c.get('config');
  const { apiUrl, token, org, deployment } = flySettingsOf(config);
  const { machines } = await directoryOf(c.env, config).health();
  const known = new Set(machines.map(({ name }) => name));
  try {
    const ours = { org, prefix: config.FLY_APP_PREFIX };
    const { apps, count } = await withTimeout(
      LOOK_MS,
      listUnknown(createFlyApi({ apiUrl, token }), ours, known, LOOKED_AT),
    );
    return { apps: apps.filter((app) => app.deployment === deployment), count };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}
