import type { CarrierEvent, Traffic } from './carrier-types.ts';

// The record of every HTTP exchange between the carrier and the product: the newest 500, in memory. An exchange is
// reported twice, at its start and its end. Lists that the product reads every minute must not push out the messages of
// an hour ago: of those only the newest 100 are kept.

const KEPT = 500;
const KEPT_READING = 100;

type TrafficStart = Pick<Traffic, 'kind' | 'method' | 'url' | 'requestHeaders' | 'requestBody'>;
type TrafficEnd = Partial<Pick<Traffic, 'status' | 'responseHeaders' | 'responseBody' | 'note'>>;

export type TrafficLog = {
  all(): readonly Traffic[];
  /** Returns the function that records the end. */
  begin(start: TrafficStart): (end: TrafficEnd) => void;
};

const isReading = ({ kind, method }: Traffic): boolean => kind === 'api' && method === 'GET';

export function createTrafficLog(now: () => number, emit: (event: CarrierEvent) => void): TrafficLog {
  const kept = new Map<number, Traffic>();
  let last = 0;

  const put = (traffic: Traffic): void => {
    kept.set(traffic.id, traffic);
    if (kept.size > KEPT) {
      const reading = [...kept.values()].filter(isReading);
      const oldest = reading.length > KEPT_READING ? reading[0] : kept.values().next().value;
      if (oldest) kept.delete(oldest.id);
    }
    emit({ type: 'traffic', traffic });
  };

  return {
    all: () => [...kept.values()],
    begin(start) {
      last += 1;
      const open: Traffic = {
        ...start,
        id: last,
        at: now(),
        status: null,
        responseHeaders: {},
        responseBody: '',
        durationMs: null,
        note: null,
      };
      const startedAt = performance.now();
      put(open);
      return (end) => put({ ...open, ...end, durationMs: Math.round(performance.now() - startedAt) });
    },
  };
}
