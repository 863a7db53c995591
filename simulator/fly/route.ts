import { type Cloud, findMachine } from './cloud.ts';
import { refusals } from './refusals.ts';
import type { MachineRecord } from './store.ts';

// One call of the Machines API as a handler sees it. Owns no state.

export type Call = {
  app: string;
  machine: string;
  /** The last piece of the path: an id, an address or a key. */
  id: string;
  query: URLSearchParams;
  body: string;
  /** The header that identifies the holder of the lease. */
  nonce: string | null;
};
/** `body`: undefined for an empty answer. */
export type Answer = { status: number; body?: unknown };

export type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path below /v1, with :app, :machine and :id. */
  path: string;
  /** The keys that limit calls per second. */
  action: string;
  /** The documented query parameters; others are refused. A dot at the end allows any name with this beginning. */
  query?: readonly string[];
  handle(cloud: Cloud, call: Call): Answer | Promise<Answer>;
};

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const DONE = ok({ ok: true });
export const EMPTY: Answer = { status: 204 };

/** The machine to change; refused while somebody else holds its lease. */
export function changeable(cloud: Cloud, { app, machine: id, nonce }: Call): MachineRecord {
  const machine = findMachine(cloud, app, id);
  if (heldBySomebody(machine, nonce)) throw refusals.leaseHeld(cloud.options.org);
  return machine;
}

export const heldBySomebody = ({ lease }: MachineRecord, nonce: string | null): boolean =>
  lease !== null && lease.expiresAt > Date.now() && lease.nonce !== nonce;
