import { type Cloud, findMachine } from './cloud.ts';
import { refusals } from './refusals.ts';
import type { MachineRecord } from './store.ts';

// One call of the Machines API as its handlers see it. Owns no state.

export type Call = {
  app: string;
  machine: string;
  /** The last piece of the path: an id, an address or a key. */
  id: string;
  query: URLSearchParams;
  body: string;
  /** The header that lets through who holds the lease. */
  nonce: string | null;
};
/** `body`: undefined for an answer without one. */
export type Answer = { status: number; body?: unknown };

export type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /v1, with :app, :machine and :id. */
  path: string;
  /** The keys by which calls per second are limited. */
  action: string;
  /** Query parameters that are documented; others are refused. A dot at the end: any name that begins so. */
  query?: readonly string[];
  handle(cloud: Cloud, call: Call): Answer | Promise<Answer>;
};

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const DONE = ok({ ok: true });
export const EMPTY: Answer = { status: 204 };

/** A machine to be changed: whoever else holds its lease is in the way. */
export function changeable(cloud: Cloud, { app, machine: id, nonce }: Call): MachineRecord {
  const machine = findMachine(cloud, app, id);
  if (heldBySomebody(machine, nonce)) throw refusals.leaseHeld(cloud.options.org);
  return machine;
}

export const heldBySomebody = ({ lease }: MachineRecord, nonce: string | null): boolean =>
  lease !== null && lease.expiresAt > Date.now() && lease.nonce !== nonce;
