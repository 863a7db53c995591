import { headOf } from '../conversation/outbox/replies.ts';
import { findOpenTurn } from '../conversation/state/state.ts';
import { AddressObject } from './address-object.ts';
import { ConversationStore } from './stores/conversation-store.ts';

// A conversation whose clock can be moved, for local runs and tests; no deployment has it in its bundle. Stores how far
// its clock is ahead of real time.

const OFFSET = 'clock-offset';
/** Beyond every retention time, and within the range of a date. */
const AHEAD_MAX_MS = 10 * 366 * 24 * 60 * 60 * 1000;

/** In milliseconds: forward by a duration, or to a time since 1970. */
export type ClockMove = { by_ms: number } | { to_ms: number };
/** Conversation time, and how far it is ahead of real time. */
export type ClockReading = { now: number; offset: number };
export type MoveOutcome = ClockReading | { unknown: string } | { refused: string };

export class LocalConversation extends AddressObject {
  #offset: number | null = null;

  /** Null when nobody has written yet. */
  clock(): ClockReading | null {
    if (!new ConversationStore(this.ctx.storage).exists()) return null;
    const offset = this.offset();
    return { now: Date.now() + offset, offset };
  }

  /** Moves forward only; durable when it returns. The alarm fires at once and does the work that has become due. */
  moveClock(move: ClockMove): MoveOutcome {
    const clock = this.clock();
    if (!clock) return { unknown: UNKNOWN };
    const by = 'by_ms' in move ? move.by_ms : move.to_ms - clock.now;
    if (by < 0) return { refused: 'The clock can only move forward.' };
    if (clock.offset + by > AHEAD_MAX_MS) return { refused: 'The clock can move at most ten years ahead.' };
    const busy = this.#busy();
    if (busy !== null) return { refused: busy };
    this.#offset = clock.offset + by;
    this.ctx.storage.kv.put(OFFSET, this.#offset);
    this.wake();
    return { now: clock.now + by, offset: this.#offset };
  }

  protected override offset(): number {
    this.#offset ??= this.ctx.storage.kv.get<number>(OFFSET) ?? 0;
    return this.#offset;
  }

  /** Refuses while others take part in running work: their clocks stay, so every bound would end at once. */
  #busy(): string | null {
    const state = new ConversationStore(this.ctx.storage).load();
    if (findOpenTurn(state)) return 'A turn is running. Wait until it ends, or send /stop.';
    return headOf(state) ? 'A reply is being sent. Try again in a moment.' : null;
  }
}

export const UNKNOWN = 'Nobody has written from this address yet.';
