import type { Context } from 'hono';
import { reasonOf } from '../../log.ts';
import { createFlyApi } from '../../machines/fly/api.ts';
import { listUnknown, type Unknown } from '../../machines/fly/inventory.ts';
import { flySettingsOf } from '../../objects/machine-provider.ts';
import { directoryOf } from '../../objects/namespaces.ts';
import { withTimeout } from '../../timeout.ts';
import type { AppEnv } from '../configuration.ts';

// Looks for apps at Fly that this deployment made and nobody's conversation uses. It only reads; `npm run doctor`
// removes them.

const LISTED = 40;
const LOOKED_AT = 100;
const LOOK_MS = 6000;

/** `problem`: Fly gave no answer. */
export type OrphanSearch = Unknown | { problem: string };

export async function findOrphans(c: Context<AppEnv>): Promise<OrphanSearch> {
  const config = c.get('config');
  const { apiUrl, token, org, deployment } = flySettingsOf(config);
  const { machines } = await directoryOf(c.env, config).health();
  const known = new Set(machines.map(({ name }) => name));
  const ours = { org, prefix: config.FLY_APP_PREFIX, deployment };
  const bounds = { most: LISTED, lookedAt: LOOKED_AT };
  try {
    return await withTimeout(LOOK_MS, listUnknown(createFlyApi({ apiUrl, token }), ours, known, bounds));
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}
