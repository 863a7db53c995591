import type { AccessDesk } from './access-desk.ts';
import type { DeploymentBudget } from './deployment-budget.ts';
import { DirectoryStore } from './stores/directory-store.ts';
import { release } from './stores/machine-ledger-store.ts';
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
    budget.forget(conversation, total);
    access.forget(conversation, addresses, op);
  });
}
