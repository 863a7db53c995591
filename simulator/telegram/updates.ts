import { randomInt } from 'node:crypto';
import type { Update } from '@grammyjs/types';

// The updates that wait for the bot, with Telegram's rules: ids follow one another, and begin anew at random after a
// week without updates; what waits longer than a day is forgotten.

const KEPT_MS = 24 * 60 * 60 * 1000;
const QUIET_MS = 7 * KEPT_MS;

export type UpdateKind = Exclude<keyof Update, 'update_id'>;
/** Played here. */
export type Happening = { [K in UpdateKind]: { kind: K; payload: NonNullable<Update[K]> } }[UpdateKind];
export type WaitingUpdate = { update: Update; chatId: number; at: number };

/** Sent only to a bot that names them. */
const ON_REQUEST: readonly UpdateKind[] = ['chat_member', 'message_reaction', 'message_reaction_count'];

export type Updates = {
  /** Oldest first. */
  waiting(): readonly WaitingUpdate[];
  /** Null when the bot doesn't want this kind. */
  add(chatId: number, happening: Happening): Update | null;
  remove(update: Update): void;
  removeBelow(updateId: number): void;
  keepLast(count: number): void;
  clear(): void;
  allow(kinds: readonly UpdateKind[]): void;
  allowed(): readonly UpdateKind[];
  /** Resolves when an update comes, after `ms` at most, or when the signal ends it. */
  next(ms: number, signal: AbortSignal): Promise<void>;
  onAdded(listener: () => void): () => void;
};

export function createUpdates(now: () => number, firstId = randomInt(100_000_000, 900_000_000)): Updates {
  let queue: WaitingUpdate[] = [];
  let nextId = firstId;
  let lastAt: number | null = null;
  let kinds: readonly UpdateKind[] = [];
  const listeners = new Set<() => void>();

  const waiting = (): readonly WaitingUpdate[] => {
    queue = queue.filter(({ at }) => now() - at < KEPT_MS);
    return queue;
  };

  return {
    waiting,
    add(chatId, { kind, payload }) {
      if (kinds.length > 0 ? !kinds.includes(kind) : ON_REQUEST.includes(kind)) return null;
      if (lastAt !== null && now() - lastAt >= QUIET_MS) nextId = randomInt(1, 900_000_000);
      const update = { update_id: nextId, [kind]: payload } as Update;
      nextId += 1;
      lastAt = now();
      queue.push({ update: structuredClone(update), chatId, at: now() });
      for (const listener of [...listeners]) listener();
      return update;
    },
    remove({ update_id: id }) {
      queue = queue.filter(({ update }) => update.update_id !== id);
    },
    removeBelow(id) {
      queue = queue.filter(({ update }) => update.update_id >= id);
    },
    keepLast(count) {
      queue = queue.slice(-count);
    },
    clear() {
      queue = [];
    },
    allow(wanted) {
      kinds = wanted;
    },
    allowed: () => kinds,
    next: (ms, signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          listeners.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        listeners.add(done);
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted) done();
      }),
    onAdded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
