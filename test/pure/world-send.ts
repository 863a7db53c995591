import { findDueLookUp, wantsSend } from '../../src/conversation/lanes.ts';
import { composeWords } from '../../src/conversation/outbox/carrier-outage.ts';
import { headOf } from '../../src/conversation/outbox/replies.ts';
import { SEND_TIMEOUT_MS } from '../../src/conversation/policy/outbox.ts';
import type { Reply } from '../../src/conversation/state/rows.ts';
import { CHANNELS } from './channels.ts';
import { SPIN_MAX, type World } from './world.ts';

// The send lane of the closed world: replies leave one by one, and those of unknown fate are looked up.

export class Sending {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** The lane's next request. */
  work(): boolean {
    const { rows, now, rules } = this.#world;
    for (let n = 0; ; n++) {
      if (n > SPIN_MAX) rules.broken('the send lane spins');
      const state = rows.load();
      if (!wantsSend(state, now)) return false;
      const lookUpFor = findDueLookUp(state, now);
      if (lookUpFor) {
        this.#lookUp(lookUpFor);
        return true;
      }
      if (headOf(state)?.state === 'sending') this.#world.apply({ type: 'send-abandoned' });
      else {
        const reply = headOf(this.#world.apply({ type: 'send-begin' }));
        if (reply?.state !== 'sending') continue;
        this.#handOver(reply);
        return true;
      }
    }
  }

  /** A report about a reply arrives, or comes again, or never. */
  callback(index: number, how: 'deliver' | 'copy' | 'drop'): void {
    const { carriers, rules } = this.#world;
    const callback = carriers.nextCallback(index, how === 'copy');
    if (how === 'drop') rules.dropped(callback);
    else if (callback) this.#world.apply({ type: 'status', ...callback });
  }

  #handOver(reply: Reply): void {
    const { rules, rows, carriers, network } = this.#world;
    rules.askedCarrier(rows.load(), 'a reply leaves');
    const named = { reply: reply.id, attempt: reply.attempt };
    rules.handOver(reply, rows, this.#world.now);
    const words = composeWords(rows.load(), reply, {
      now: this.#world.now,
      policy: this.#world.policy,
      channelOf: CHANNELS,
    });
    const lost = () => void this.#world.apply({ type: 'send-unknown', ...named });
    const arrive = (isLate: boolean) => {
      const answer = carriers.of(reply.from).send(reply, words, this.#world.now, isLate);
      return () => {
        if (answer.kind === 'unknown') return lost();
        if (answer.kind === 'accepted') this.#world.apply({ type: 'send-accepted', ...named, sid: answer.sid });
        else {
          const { code, failure, retryAfterMs } = answer;
          this.#world.apply({ type: 'send-refused', ...named, code, failure, retryAfterMs });
        }
      };
    };
    network.call({ name: 'send', lane: 'send', to: 'carrier', arrive, lost, timeoutMs: SEND_TIMEOUT_MS });
  }

  #lookUp(reply: Reply): void {
    const { rules, rows, carriers, network } = this.#world;
    rules.askedCarrier(rows.load(), 'its list is read');
    const lost = () => void this.#world.apply({ type: 'reconcile-failed', reply: reply.id, reason: 'no answer' });
    const arrive = () => {
      const list = carriers.of(reply.from).list(reply, this.#world.now);
      return () => {
        if (list === null) return lost();
        const found = list.find(({ sid }) => !rows.hasSid(sid)) ?? null;
        this.#world.apply({ type: 'reconciled', reply: reply.id, found });
      };
    };
    network.call({ name: 'look up', lane: 'send', to: 'carrier', arrive, lost, timeoutMs: SEND_TIMEOUT_MS });
  }
}
