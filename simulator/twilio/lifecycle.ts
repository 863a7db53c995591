import { channelOf } from './addresses.ts';
import type { Background } from './background.ts';
import type { Callbacks } from './callbacks.ts';
import { type FailureCode, failureMessage } from './failures.ts';
import type { CarrierFaults } from './faults.ts';
import type { FetchMedia } from './outbound-media.ts';
import type { MessageStore, StoredMessage } from './store.ts';

// The life of an accepted outbound message: queued → sent → delivered → read, or failed or undelivered. `queued` causes
// no callback. After a restart, an unfinished life continues.

/** Milliseconds between the steps. */
export type LifecyclePace = { sent: number; delivered: number; listLag: number };

export type Lifecycle = {
  /**
   * Starts the life of an accepted message. Resolves when its first callback has been answered; nobody has to wait for
   * it.
   */
  begin(message: StoredMessage, hurry: boolean): Promise<void>;
  /** Marks the message as shown on the phone. Before delivery the mark is remembered; on SMS it has no effect. */
  markRead(sid: string): void;
};

const WINDOW_MS = 24 * 60 * 60 * 1000;

function windowIsOpen(lastInboundAt: number | null, now: number, knowsAll: boolean): boolean {
  return lastInboundAt === null ? !knowsAll : now - lastInboundAt <= WINDOW_MS;
}

type Fate = { status: 'delivered' } | { status: 'failed' | 'undelivered'; code: FailureCode };

export function createLifecycle(
  parts: {
    store: MessageStore;
    callbacks: Callbacks;
    faults: CarrierFaults;
    background: Background;
    fetchMedia: FetchMedia;
  },
  pace: LifecyclePace,
  now: () => number,
  /** Every inbound message came through this carrier, so a person who never wrote has no window. */
  knowsAll: boolean,
): Lifecycle {
  const { store, callbacks, faults, background, fetchMedia } = parts;
  const readEarly = new Set<string>();

  async function advance(sid: string, change: Partial<StoredMessage>): Promise<void> {
    const message = store.update(sid, { ...change, updatedAt: now() }, true);
    if (message) await callbacks.announce(message);
  }

  const fail = (sid: string, status: 'failed' | 'undelivered', code: FailureCode): Promise<void> =>
    advance(sid, { status, errorCode: code, errorMessage: failureMessage(code) });

  async function fateOf(message: StoredMessage): Promise<Fate> {
    const forced = faults.take('failMessage', ({ to }) => to === undefined || to === message.to);
    if (forced) return forced;
    const open = windowIsOpen(store.lastInboundAt(message.from, message.to), now(), knowsAll);
    if (channelOf(message.to) === 'whatsapp' && message.freeForm && !open) return { status: 'failed', code: 63016 };
    const fetched = await fetchMedia(message);
    if ('failed' in fetched) return { status: 'failed', code: fetched.failed };
    if (fetched.media.length > 0) store.update(message.sid, { media: fetched.media }, true);
    return { status: 'delivered' };
  }

  async function finish(sid: string, fate: Fate): Promise<void> {
    await background.sleep(pace.delivered);
    if (fate.status !== 'delivered') return fail(sid, fate.status, fate.code);
    const delivered = advance(sid, { status: 'delivered' });
    if (readEarly.delete(sid)) markRead(sid);
    await delivered;
  }

  async function begin(message: StoredMessage, hurry: boolean): Promise<void> {
    const { sid } = message;
    if (!hurry) await background.sleep(pace.sent);
    const fate = await fateOf(message);
    if (fate.status === 'failed') return fail(sid, fate.status, fate.code);
    const sent = advance(sid, { status: 'sent', sentAt: now() });
    background.run(() => finish(sid, fate));
    await sent;
  }

  function markRead(sid: string): void {
    const message = store.get(sid);
    if (!message || message.direction === 'inbound' || channelOf(message.to) !== 'whatsapp') return;
    if (message.status === 'queued' || message.status === 'sent') readEarly.add(sid);
    if (message.status === 'delivered') background.run(() => advance(sid, { status: 'read' }));
  }

  return {
    begin(message, hurry) {
      const life = begin(message, hurry);
      background.run(() => life);
      return life;
    },
    markRead,
  };
}
