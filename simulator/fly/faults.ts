import { type Refusal, refusals } from './refusals.ts';

// Faults of API calls and of the platform's capacity. In memory; faults of running machines are in hosts.ts.

export type ApiFault =
  /** This is answered, and nothing is done. */
  | { kind: 'answer'; status: number; error?: string }
  /** The connection is cut, and nothing is done. */
  | { kind: 'cut' }
  /** It is done, and the connection is cut instead of an answer. */
  | { kind: 'lose answer' }
  /** It is done, and this is answered. */
  | { kind: 'answer after'; status: number; error?: string }
  /** It is done later. */
  | { kind: 'delay'; ms: number }
  /** It waits, before or after it is done, for what `until` returns; `until` is called when it gets there. */
  | { kind: 'hold'; when: 'before' | 'after'; until: () => Promise<void> };

/** Which calls; all when nothing is said. `path` is matched without /v1, like '/apps/x/machines'. */
export type CallMatch = {
  method?: string;
  path?: RegExp;
  times?: number /** So many that match go well first. */;
  skip?: number;
};
type Room = 'volume' | 'machine' | 'update';

export type ApiFaults = {
  /** The next calls that match, once unless told otherwise. */
  next(fault: ApiFault, match?: CallMatch): void;
  /** No room for new volumes or machines there, until `clear` or, with `times`, for so many tries. */
  noCapacity(room: Room, regions: readonly string[] | 'everywhere', times?: number): void;
  /** The organisation is over its quota there. */
  overQuota(regions: readonly string[] | 'everywhere', times?: number): void;
  clear(): void;
};

type Limit = { room: Room | 'quota'; regions: readonly string[] | 'everywhere'; left: number };

export type FaultTable = ApiFaults & {
  take(method: string, path: string): ApiFault | null;
  /** The refusal for something new there, or null when there is room. */
  refusal(room: Room, region: string, org: string, volume: string | null): Refusal | null;
};

export function createFaults(): FaultTable {
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
