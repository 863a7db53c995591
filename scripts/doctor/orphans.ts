import type { AppView } from '../../src/machines/fly/inventory.ts';
import type { DoctorContext } from './context.ts';

// Finds apps and volumes on Fly that cost money and that no conversation uses, by comparing Fly's list with the relay's
// ledger, and removes them with consent. Never touches another deployment's machines; where it can't tell, it only
// names them.

type Known = { name: string; image: string | null };
export type Orphans = {
  /** Created by this deployment and missing in the ledger. */
  apps: AppView[];
  /** A second volume in an app that is used. */
  volumes: { app: string; id: string; sizeGb: number | null }[];
  /** No machine in the app names its deployment. */
  unclaimed: AppView[];
};

/** Pure. */
export function findOrphans(apps: readonly AppView[], ledger: readonly Known[], deployment: string): Orphans {
  const known = new Map(ledger.map((machine) => [machine.name, machine]));
  const strangers = apps.filter(({ name }) => !known.has(name));
  const volumes = apps.flatMap((app) => {
    // Before the machine's first start, everything in the app is still being created.
    if (!known.get(app.name)?.image || app.machines.length === 0) return [];
    const spare = app.volumes.filter(({ machine }) => machine === null);
    return spare.length < app.volumes.length ? spare.map(({ id, sizeGb }) => ({ app: app.name, id, sizeGb })) : [];
  });
  return {
    apps: strangers.filter((app) => app.deployment === deployment),
    volumes,
    unclaimed: strangers.filter((app) => app.deployment === null),
  };
}

/**
 * `known`: the number of machines in the relay’s ledger. An empty ledger may belong to another relay or jurisdiction.
 */
export async function orphansNow(context: DoctorContext): Promise<{ orphans: Orphans; known: number }> {
  const fly = context.fly();
  const apps = await fly.apps();
  const { machines } = await context.relay().health();
  if (machines === null)
    throw new Error(
      'The deployed relay doesn’t create machines on Fly, so there is nothing to compare. Run `npm run deploy`.',
    );
  return { orphans: findOrphans(apps, machines, fly.deployment), known: machines.length };
}

/** The agreed removals that are still true. */
export const stillThere = (agreed: Orphans, now: Orphans): Orphans => ({
  apps: now.apps.filter(({ name }) => agreed.apps.some((app) => app.name === name)),
  volumes: now.volumes.filter(({ id }) => agreed.volumes.some((volume) => volume.id === id)),
  unclaimed: [],
});

export const describe = ({ apps, volumes }: Orphans): string[] => [
  ...apps.map((app) => {
    const states = app.machines.map(({ state, region }) => `${state}${region ? ` in ${region}` : ''}`).join(', ');
    const disks = app.volumes.map(({ sizeGb }) => `${sizeGb ?? '?'} GB`).join(', ');
    return `app ${app.name}: ${states || 'no machine'}; volumes: ${disks || 'none'}`;
  }),
  ...volumes.map(({ app, id, sizeGb }) => `volume ${id} of ${app}: ${sizeGb ?? '?'} GB, not attached to a machine`),
];

/** One that fails stops no other. */
export async function removeOrphans(
  context: DoctorContext,
  { apps, volumes }: Orphans,
): Promise<{ done: string; problem: string | null }[]> {
  const { api } = context.fly();
  const outcomes: { done: string; problem: string | null }[] = [];
  const each = async (what: string, call: () => Promise<{ kind: string; reason?: string }>): Promise<void> => {
    const problem = await call().then(
      (answer) => (answer.kind === 'ok' || answer.kind === 'absent' ? null : (answer.reason ?? answer.kind)),
      (error: unknown) => (error instanceof Error ? error.message : 'no answer'),
    );
    outcomes.push({ done: what, problem });
  };
  for (const { name } of apps) await each(`app ${name}`, () => api.deleteApp(name));
  for (const { app, id } of volumes) await each(`volume ${id} of ${app}`, () => api.deleteVolume(app, id));
  return outcomes;
}
