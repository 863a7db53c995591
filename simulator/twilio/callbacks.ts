import type { Background } from './background.ts';
import { type Delivery, newIdempotencyToken, type Postman } from './delivery.ts';
import type { CarrierFaults } from './faults.ts';
import { statusForm } from './forms.ts';
import type { StoredMessage } from './store.ts';

// Status callbacks: the content of a request to a message's StatusCallback, and the order of requests. The callbacks of
// one message follow each other, each waiting for the answer to the previous one; the faults break exactly that. In
// memory.

export type Callbacks = {
  /** Sends the message's current status. Resolves when the callback has been answered, lost or postponed. */
  announce(message: StoredMessage): Promise<void>;
};

const LAST = ['delivered', 'undelivered', 'failed'];
const FINAL = [...LAST, 'read'];

export function createCallbacks(
  accountSid: string,
  postman: Postman,
  faults: CarrierFaults,
  background: Background,
): Callbacks {
  const chains = new Map<string, Promise<void>>();
  /** Messages whose callbacks are held back for the fault `reorderCallbacks`. */
  const kept = new Map<string, Delivery[]>();

  async function send(message: StoredMessage, delivery: Delivery): Promise<void> {
    const matches = (fault: { status?: string | undefined }): boolean =>
      (fault.status ?? message.status) === message.status;
    if (faults.take('dropCallback', matches)) return postman.lose(delivery, 'Fault dropCallback: never sent.');
    await postman.deliver(delivery);
    if (!faults.take('duplicateCallback', matches)) return;
    await postman.deliver({ ...delivery, note: 'Fault duplicateCallback: sent once more.' });
  }

  /** Appends to the message's chain of callbacks; an empty chain is removed. */
  function follow(sid: string, work: () => Promise<void>): Promise<void> {
    const next = (chains.get(sid) ?? Promise.resolve()).then(work);
    chains.set(sid, next);
    background.run(() => next);
    return next.finally(() => {
      if (chains.get(sid) === next) chains.delete(sid);
    });
  }

  return {
    async announce(message) {
      if (message.statusCallback === null) return;
      const delivery: Delivery = {
        kind: 'status',
        url: message.statusCallback,
        form: statusForm(accountSid, message),
        token: newIdempotencyToken(),
      };

      const keeping = kept.get(message.sid);
      if (!keeping && !FINAL.includes(message.status) && faults.take('reorderCallbacks')) {
        kept.set(message.sid, [{ ...delivery, note: 'Fault reorderCallbacks: sent after the later ones.' }]);
        return;
      }
      if (keeping && LAST.includes(message.status)) {
        kept.delete(message.sid);
        await follow(message.sid, async () => {
          await send(message, delivery);
          for (const late of keeping.reverse()) await postman.deliver(late);
        });
        return;
      }

      const late = faults.take('delayCallback', (fault) => (fault.status ?? message.status) === message.status);
      if (late) {
        background.run(async () => {
          await background.sleep(late.ms);
          await send(message, { ...delivery, note: `Fault delayCallback: ${late.ms} ms late.` });
        });
        return;
      }
      await follow(message.sid, () => send(message, delivery));
    },
  };
}
