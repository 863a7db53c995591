import type { AccessDesk } from './access-desk.ts';
import type { DeploymentBudget } from './deployment-budget.ts';
import { DirectoryStore } from './stores/directory-store.ts';
import { release } from './stores/machine-ledger-store.ts';
import { askAgain, forgetMoved } from './stores/move-store.ts';
import { bind } from './stores/repository-store.ts';

// Deletes what the directory has about a person, at their own wish. Of that, only the audit tells. May be repeated.

/** `op`: the ULID of the deletion. `total`: what the person ever spent. */
export type ForgetWish = { conversation: string; addresses: readonly string[]; op: string; total: number };

export function forgetPerson(
  storage: DurableObjectStorage,
  { budget, access }: { budget: DeploymentBudget; access: AccessDesk },
  { conversation, addresses, op, total }: ForgetWish,
): void {
  storage.transactionSync(() => {
    new DirectoryStore(storage).forget(conversation);
    release(storage.sql, conversation);
    bind(storage.sql, conversation, []);
    forgetMoved(storage.sql, conversation);
    budget.forget(conversation, total);
    access.forget(conversation, addresses, op);
  });
}

/** `from`: a home that went into the home `into`. */
export type MergeWish = { from: string; into: string; op: string; total: number };

/** Deletes what the directory has about a home that went into another one. Its machine keeps its place until it goes. */
export function mergePerson(
  storage: DurableObjectStorage,
  { budget, access }: { budget: DeploymentBudget; access: AccessDesk },
  { from, into, op, total }: MergeWish,
): void {
  storage.transactionSync(() => {
    new DirectoryStore(storage).forget(from);
    bind(storage.sql, from, []);
    forgetMoved(storage.sql, from);
    askAgain(storage.sql, into);
    budget.forget(from, total);
    access.merge(from, into, op);
  });
}
