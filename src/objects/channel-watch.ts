import type { WebhookTrouble } from '../channels/channel.ts';
import { MINUTE } from '../units.ts';
import { alerts, type Raised } from './operator-alerts.ts';
import type { SenderOutage } from './outage-rounds.ts';
import type { DirectoryStore } from './stores/directory-store.ts';
import { findOutageWithWaits } from './stores/outage-store.ts';

// Whether texts reach our addresses and replies leave from them. The operator hears of trouble that lasts.

/** The lists are compared every few minutes, so one failure is not worth an alert. */
const NOT_COMPARED_MS = 30 * MINUTE;
/** Two looks in a row: a deploy refuses a webhook for a moment. */
const WEBHOOK_TROUBLE_MS = 4 * MINUTE;

/** The state of one of our addresses. `unreachedSince`: texts may not have arrived since then; null: they arrive. */
export type SenderState = {
  sender: string;
  unreachedSince: number | null;
  outage: (Pick<SenderOutage, 'beganAt' | 'overAt'> & { waiting: number }) | null;
};

type Deps = { storage: DurableObjectStorage; store: DirectoryStore; raise: (raised: Raised) => void };

export class ChannelWatch {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The list could not be read, or not all of its messages were accepted. */
  notCompared(sender: string): void {
    const lasted = this.#noteUnreached(sender);
    if (lasted >= NOT_COMPARED_MS) this.#deps.raise(alerts.inboundNotCompared(Math.round(lasted / MINUTE)));
  }

  /** Notes the result of a look at our sender's webhook. One bad look alone is no trouble. */
  webhookLooked(sender: string, found: WebhookTrouble | { kind: 'fine' }): void {
    if (found.kind === 'fine') {
      this.#noteReached(sender);
      return;
    }
    const lasted = this.#noteUnreached(sender);
    if (lasted >= WEBHOOK_TROUBLE_MS) this.#deps.raise(alerts.webhookTroubled(sender, found, lasted));
  }

  statesOf(senders: readonly string[]): SenderState[] {
    const { storage, store } = this.#deps;
    return senders.map((sender) => ({
      sender,
      unreachedSince: store.watermark(sender).failingSince,
      outage: findOutageWithWaits(storage.sql, sender),
    }));
  }

  /** Notes that texts to this address may not arrive. Returns for how long already (ms). */
  #noteUnreached(sender: string): number {
    const now = Date.now();
    const watermark = this.#deps.store.watermark(sender);
    if (watermark.failingSince !== null) return now - watermark.failingSince;
    this.#deps.store.putWatermark({ ...watermark, failingSince: now });
    return 0;
  }

  #noteReached(sender: string): void {
    const watermark = this.#deps.store.watermark(sender);
    if (watermark.failingSince !== null) this.#deps.store.putWatermark({ ...watermark, failingSince: null });
  }
}
