import { findBlock, findDoubt, isWithheld } from '../../src/conversation/state/blocked-sender.ts';
import type { Event } from '../../src/conversation/state/events.ts';
import type { Reply } from '../../src/conversation/state/rows.ts';
import type { State } from '../../src/conversation/state/state.ts';
import type { World } from './world.ts';
import type { Coverage } from './world-coverage.ts';

// The rules for senders of ours that a channel refuses: operators hear of it, nothing leaves but a trial, and only a
// reply that was taken ends it.

type Standing = 'free' | 'doubted' | 'blocked' | 'tried';

export class SenderRules {
  readonly #world: World;
  readonly #broken: (what: string) => never;
  readonly #coverage: Coverage;
  /** Senders from which something was taken since they were blocked. */
  readonly #taken = new Set<string>();

  constructor(world: World, broken: (what: string) => never, coverage: Coverage) {
    this.#world = world;
    this.#broken = broken;
    this.#coverage = coverage;
  }

  step(before: State, after: State, event: Event): void {
    this.#noteTaken(before, after);
    for (const sender of this.#world.person.places.flatMap(({ senders }) => senders)) {
      const [was, is] = [standingOf(before, sender), standingOf(after, sender)];
      if (was === is) continue;
      this.#coverage.changed('sender', was, is, event);
      if (is === 'doubted') this.#told(after, 'against-policy/', sender);
      if (is === 'blocked' && was !== 'tried') this.#told(after, 'sender-blocked/', sender);
      if (is === 'free' && (was === 'tried' || was === 'blocked')) this.#freed(before, after, sender);
    }
  }

  /** Nothing leaves from a blocked sender but the trial, and no words that are in doubt. */
  handOver(reply: Reply, state: State): void {
    if (isWithheld(state, reply)) this.#broken(`reply ${reply.seq} leaves from ${reply.from}, which is refused`);
  }

  #noteTaken(before: State, after: State): void {
    for (const { id, sid, from } of after.replies) {
      if (sid !== null && before.replies.some((r) => r.id === id && r.sid === null)) this.#taken.add(from);
    }
  }

  #told(after: State, cause: string, sender: string): void {
    this.#taken.delete(sender);
    const isSaid = after.timers.some((t) => t.kind === 'alert' && t.ref.startsWith(cause));
    const isAlert = after.replies.some((r) => r.state === 'held' && r.from === sender && r.kind === 'alert');
    if (!isSaid && !isAlert) this.#broken(`${sender} is refused, and no operator hears of it`);
  }

  #freed(before: State, after: State, sender: string): void {
    const isSaid = ({ timers }: State): boolean => timers.some((t) => t.ref === 'sender-unblocked');
    const waits = after.replies.some((r) => r.state === 'held' && r.from === sender);
    if (this.#taken.has(sender)) return;
    if (isSaid(after) && !isSaid(before)) this.#broken(`${sender} counts as free, and took nothing`);
    if (waits) this.#broken(`${sender} is blocked no longer, and nothing was tried`);
  }
}

function standingOf(state: State, sender: string): Standing {
  if (findBlock(state, sender)) return 'blocked';
  const doubt = findDoubt(state, sender);
  return doubt === undefined ? 'free' : doubt.attempts > 0 ? 'tried' : 'doubted';
}
