import type { FlyApi } from './api.ts';
import { imageOf, isKept, isThere } from './context.ts';
import { META } from './machine-config.ts';
import { isNameOf } from './names.ts';
import type { FlyAnswer } from './responses.ts';

// Lists everything on Fly under this deployment’s names for the operator: what costs money, and which relay owns it.
// Changes and wakes nothing. The conversations’ view of their machines is elsewhere.

export type AppView = {
  name: string;
  /** The host of the relay that created its machines; null when no machine names one. */
  deployment: string | null;
  machines: {
    id: string;
    state: string;
    region: string | null;
    image: string | null;
    /** The version of the relay that created or changed it, and the fingerprint of its settings. */
    version: string | null;
    settings: string | null;
    isHostReachable: boolean;
  }[];
  volumes: { id: string; state: string; region: string; sizeGb: number | null; machine: string | null }[];
};

const AT_ONCE = 5;

type Ours = { org: string; prefix: string };

/** Throws a plain sentence when Fly refuses. */
export async function listInventory(api: FlyApi, ours: Ours): Promise<AppView[]> {
  return viewsOf(api, await namesOf(api, ours));
}

/** `most`: apps that are listed. `lookedAt`: apps that are looked at for them. */
type Bounds = { most: number; lookedAt: number };
/** `unseen`: apps under these names that nobody has looked at. */
export type Unknown = { apps: AppView[]; unseen: number };

/** Apps that this deployment made and the ledger doesn't know. Only an app's machines say which deployment made it. */
export async function listUnknown(
  api: FlyApi,
  { deployment, ...ours }: Ours & { deployment: string },
  known: ReadonlySet<string>,
  { most, lookedAt }: Bounds,
): Promise<Unknown> {
  const names = (await namesOf(api, ours)).filter((name) => !known.has(name));
  const apps: AppView[] = [];
  let seen = 0;
  while (seen < Math.min(names.length, lookedAt) && apps.length < most) {
    const some = await viewsOf(api, names.slice(seen, Math.min(seen + AT_ONCE, lookedAt)));
    seen = Math.min(seen + AT_ONCE, lookedAt);
    apps.push(...some.filter((app) => app.deployment === deployment));
  }
  return { apps: apps.slice(0, most), unseen: Math.max(0, names.length - seen) };
}

const namesOf = async (api: FlyApi, { org, prefix }: Ours): Promise<string[]> =>
  granted(await api.apps(org))
    .map(({ name }) => name)
    .filter((name) => isNameOf(prefix, name))
    .sort();

async function viewsOf(api: FlyApi, names: readonly string[]): Promise<AppView[]> {
  const views: AppView[] = [];
  for (let first = 0; first < names.length; first += AT_ONCE) {
    const some = await Promise.all(names.slice(first, first + AT_ONCE).map((name) => viewOf(api, name)));
    views.push(...some.filter((view) => view !== null));
  }
  return views;
}

/** Null: removed in the meantime. */
async function viewOf(api: FlyApi, name: string): Promise<AppView | null> {
  const [listed, disks] = await Promise.all([api.machines(name), api.volumes(name)]);
  if (listed.kind === 'absent' || disks.kind === 'absent') return null;
  const machines = granted(listed).filter(isThere);
  const notes = machines.map(({ config, incomplete_config }) => (config ?? incomplete_config)?.metadata ?? {});
  return {
    name,
    deployment: notes.map((note) => note[META.deployment]).find((host) => host !== undefined) ?? null,
    machines: machines.map((machine, at) => ({
      id: machine.id,
      state: machine.state,
      region: machine.region ?? null,
      image: imageOf(machine),
      version: notes[at]?.[META.version] ?? null,
      settings: notes[at]?.[META.settings] ?? null,
      isHostReachable: machine.host_status !== 'unreachable',
    })),
    volumes: granted(disks)
      .filter(isKept)
      .map(({ id, state, region, size_gb, attached_machine_id }) => ({
        id,
        state,
        region,
        sizeGb: size_gb ?? null,
        machine: attached_machine_id ?? null,
      })),
  };
}

function granted<T>(answer: FlyAnswer<T>): T {
  if (answer.kind === 'ok') return answer.value;
  throw new Error(answer.reason);
}
