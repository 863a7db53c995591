import type { MachineState } from './transitions.ts';

// Records what happened at the fake Fly: changes of state, API calls, requests through the proxy. In memory; keeps the
// newest of each kind.

export type Change = {
  at: number;
  kind: 'app' | 'address' | 'volume' | 'machine';
  id: string;
  app: string;
  from: string;
  to: string;
};
/** `status`: null when the connection was cut instead. */
export type ApiCall = { at: number; method: string; path: string; status: number | null; note: string };
export type ProxiedRequest = {
  at: number;
  app: string;
  machine: string | null;
  method: string;
  path: string;
  /** Null before the answer, and when there was none. */
  status: number | null;
  /** The request found the machine asleep. */
  woke: boolean;
  /** Milliseconds until the request was passed on. */
  heldMs: number;
  endedAt: number | null;
};

export type History = {
  changes: Change[];
  calls: ApiCall[];
  requests: ProxiedRequest[];
  changed(change: Omit<Change, 'at'>): void;
  called(call: Omit<ApiCall, 'at'>): void;
  requested(request: ProxiedRequest): void;
  /** Another source of changes that `until` may wait for. */
  touch(): void;
  /** Resolves once the condition holds; checks it after every event. Rejects with `what` on time-out. */
  until(holds: () => boolean, withinMs: number, what: string): Promise<void>;
};

const KEPT = 20_000;
/** States billed like a running machine. */
export const AWAKE: readonly string[] = ['started', 'stopping', 'restarting', 'updating'] satisfies MachineState[];

/** `log` gets every change, in words. */
export function createHistory(log: (line: string) => void = () => {}): History {
  const history: Pick<History, 'changes' | 'calls' | 'requests'> = { changes: [], calls: [], requests: [] };
  const waiting = new Set<() => void>();
  const touch = (): void => {
    for (const look of [...waiting]) look();
  };
  const keep = <T>(list: T[], item: T): void => {
    list.push(item);
    if (list.length > KEPT) list.splice(0, KEPT / 10);
    touch();
  };
  return {
    ...history,
    changed(change) {
      const { kind, id, app, from, to } = change;
      log(`${app} ${kind}${id === app || kind === 'app' ? '' : ` ${id}`}: ${from === '' ? to : `${from} → ${to}`}`);
      keep(history.changes, { at: Date.now(), ...change });
    },
    called(call) {
      log(`api ${call.method} ${call.path}: ${call.status ?? 'cut'}`);
      keep(history.calls, { at: Date.now(), ...call });
    },
    requested: (request) => keep(history.requests, request),
    touch,
    until(holds, withinMs, what) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = (settle: () => void): void => {
        clearTimeout(clock);
        waiting.delete(look);
        settle();
      };
      const look = (): void => {
        if (holds()) end(resolve);
      };
      const clock = setTimeout(() => end(() => reject(new Error(`Not within ${withinMs} ms: ${what}.`))), withinMs);
      waiting.add(look);
      look();
      return promise;
    },
  };
}

/** Milliseconds the machine was awake until `now`, from its changes of state. */
export function awakeMs(changes: readonly Change[], machine: string, now: number): number {
  let total = 0;
  let since: number | null = null;
  for (const { at, id, to } of changes) {
    if (id !== machine) continue;
    if (since === null && to === 'started') since = at;
    if (since !== null && !AWAKE.includes(to)) {
      total += at - since;
      since = null;
    }
  }
  return since === null ? total : total + (now - since);
}
