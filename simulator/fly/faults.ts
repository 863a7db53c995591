import { type FlyRefusal, refusals } from './refusals.ts';

// Faults of API calls and of the platform's capacity. In memory; faults of running machines are in hosts.ts.

export type ApiFault =
  /** Sends this answer and does nothing. */
  | { kind: 'answer'; status: number; error?: string }
  /** Cuts the connection and does nothing. */
  | { kind: 'cut' }
  /** Does the work and cuts the connection instead of answering. */
  | { kind: 'lose answer' }
  /** Does the work and sends this answer. */
  | { kind: 'answer after'; status: number; error?: string }
  /** Does the work later. */
  | { kind: 'delay'; ms: number }
  /** Waits, before or after the work, for the promise of `until`, which is called at that point. */
  | { kind: 'hold'; when: 'before' | 'after'; until: () => Promise<void> };

/** The affected calls; default: all. `path` is matched without /v1, like '/apps/x/machines'. */
export type CallMatch = {
  method?: string;
  path?: RegExp;
  times?: number /** This many matching calls succeed first. */;
  skip?: number;
};
type Room = 'volume' | 'machine' | 'update';

export type ApiFaults = {
  /** Affects the next matching calls, by default one. */
  next(fault: ApiFault, match?: CallMatch): void;
  /** Leaves no room for new volumes or machines in the region, until `clear` or for `times` tries. */
  noCapacity(room: Room, regions: readonly string[] | 'everywhere', times?: number): void;
  /** Puts the organisation over its quota in the region. */
  overQuota(regions: readonly string[] | 'everywhere', times?: number): void;
  clear(): void;
};

type Limit = { room: Room | 'quota'; regions: readonly string[] | 'everywhere'; left: number };

export type FaultTable = ApiFaults & {
  take(method: string, path: string): ApiFault | null;
  /** The refusal for a new thing in the region, or null when there is room. */
  refusal(room: Room, region: string, org: string, volume: string | null): FlyRefusal | null;
};

export function createFlyFaults(): FaultTable {
  let calls: { fault: ApiFault; match: CallMatch; skip: number; left: number }[] = [];
  let limits: Limit[] = [];

  const limit = (room: Limit['room'], regions: Limit['regions'], times: number): void => {
    limits.push({ room, regions, left: times });
  };

  return {
    next: (fault, match = {}) => void calls.push({ fault, match, skip: match.skip ?? 0, left: match.times ?? 1 }),
    noCapacity: (room, regions, times = Number.POSITIVE_INFINITY) => limit(room, regions, times),
    overQuota: (regions, times = Number.POSITIVE_INFINITY) => limit('quota', regions, times),
    clear() {
      calls = [];
      limits = [];
    },
    take(method, path) {
      const found = calls.find(({ match }) => (match.method ?? method) === method && (match.path?.test(path) ?? true));
      if (!found) return null;
      if (found.skip > 0) {
        found.skip -= 1;
        return null;
      }
      found.left -= 1;
      calls = calls.filter(({ left }) => left > 0);
      return found.fault;
    },
    refusal(room, region, org, volume) {
      const hit = limits.find(
        ({ room: of, regions }) =>
          [room, 'quota'].includes(of) && (regions === 'everywhere' || regions.includes(region)),
      );
      if (!hit) return null;
      hit.left -= 1;
      limits = limits.filter(({ left }) => left > 0);
      if (hit.room === 'quota') return refusals.quota(org, region);
      if (room === 'volume') return refusals.noRoomForVolume();
      return room === 'machine' && volume !== null ? refusals.noRoomWithVolume(volume) : refusals.noRoomForUpdate();
    },
  };
}
