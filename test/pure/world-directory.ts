import { addressOfRef, findBelonging } from '../../src/conversation/access/links.ts';
import { findDueNews, outageOf } from '../../src/conversation/outbox/carrier-outage.ts';
import { headOf } from '../../src/conversation/outbox/replies.ts';
import { SEND_TIMEOUT_MS } from '../../src/conversation/policy/outbox.ts';
import { ASK_TIMEOUT_MS } from '../../src/conversation/policy/schedules.ts';
import type { Effect, Event } from '../../src/conversation/state/events.ts';
import { applyNews, isOutageOver, PROBE_MAX_MS, type SenderOutage } from '../../src/objects/outage-rounds.ts';
import type { World } from './world.ts';

// The directory of the closed world: what it knows of a carrier outage, and its answers to a conversation.

export class Directory {
  outage: SenderOutage | null = null;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** The outage lane's next request: news of an outage. */
  work(): boolean {
    const { rows, now, network } = this.#world;
    const state = rows.load();
    const news = findDueNews(state, now);
    const outage = outageOf(state);
    if (news === null || !outage?.sender) return false;
    const { sender, failure, code, since, notBefore } = outage;
    const times = { lastedMs: now - since, waitMs: Math.max(0, notBefore - now) };
    const lost = () => void this.#world.apply({ type: 'outage-not-told' });
    const arrive = () => {
      const of = { sender, conversation: 'C', news, failure, code, ...times };
      this.outage = news === 'leaves' ? null : applyNews(this.outage, of, this.#world.now, 0.5);
      return () => void this.#world.apply({ type: 'outage-told', news });
    };
    network.call({ name: 'outage', lane: 'outage', to: 'directory', arrive, lost, timeoutMs: SEND_TIMEOUT_MS });
    return true;
  }

  /** It sends its word to the conversation when the word is due. */
  direct(): void {
    const { outage } = this;
    const { now, rows } = this.#world;
    if (outage === null || outage.nextAt > now) return;
    const word = isOutageOver(outage) ? 'back' : 'try';
    this.outage = word === 'back' ? null : { ...outage, prober: 'C', nextAt: now + PROBE_MAX_MS };
    if (outageOf(rows.load())?.sender !== outage.sender) this.outage = null;
    else if (headOf(this.#world.apply({ type: 'carrier-word', word, sender: outage.sender })) === null)
      this.outage = null;
  }

  perform(effect: Effect): void {
    if (effect.do === 'wish') this.#answer({ type: 'wish-answered', ref: effect.ref, said: { text: 'noted' } });
    if (effect.do === 'lead') this.#answer({ type: 'led', address: effect.address, became: 'pointed' });
    if (effect.do === 'let-go') this.#letGo(effect.ref);
    // The recipient is somebody who is blocked.
    if (effect.do === 'ask-recipients') this.#answer({ type: 'recipients-answered', ref: effect.ref, mayAll: false });
  }

  /** The objects of an address no longer lead here. */
  #letGo(ref: string): void {
    const { rows, network } = this.#world;
    const arrive = () => {
      const addresses = findBelonging(rows.load(), addressOfRef(ref));
      return () => void this.#world.apply({ type: 'unlinked', ref, addresses });
    };
    network.call({
      name: 'let go',
      lane: null,
      to: 'directory',
      arrive,
      lost: () => undefined,
      timeoutMs: ASK_TIMEOUT_MS,
    });
  }

  #answer(answer: Event): void {
    const arrive = () => () => void this.#world.apply(answer);
    const lost = (): void => undefined;
    this.#world.network.call({ name: 'ask', lane: null, to: 'directory', arrive, lost, timeoutMs: ASK_TIMEOUT_MS });
  }
}
