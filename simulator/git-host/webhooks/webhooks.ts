import { createHmac, randomUUID } from 'node:crypto';
import { covers } from '../access.ts';
import { type GitHost, iso } from '../host.ts';
import type { App, Installation, Repository } from '../records.ts';

// Deliveries of an App's webhook: signs and records them. As at GitHub, a delivery is repeated only on request.

export type Delivery = {
  id: number;
  guid: string;
  app: number;
  installation: number | null;
  event: string;
  action: string | null;
  body: string;
  deliveredAt: number;
  redelivery: boolean;
  /** Null: there was no answer, or none yet. */
  status: number | null;
};

const ANSWER_MS = 10_000;
const KEPT = 200;

export class Webhooks {
  /** Newest last. */
  readonly deliveries: Delivery[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly #ended = new AbortController();
  #host: GitHost | null = null;
  #nextId = 1;

  use(host: GitHost): void {
    this.#host = host;
  }

  /** Sends the event to every App that is installed on the repository and subscribes to it. */
  tell(repository: Repository, event: string, payload: Record<string, unknown>): void {
    const { records } = this.#wanted().store;
    for (const installation of records.installations.filter((one) => covers(one, repository))) {
      const app = records.apps.find(({ id }) => id === installation.app);
      if (app && installation.suspendedAt === null && installation.events.includes(event))
        this.#send(app, installation, event, payload);
    }
  }

  /** Sends an event about the installation to its App, which needs no subscription. */
  tellInstallation(installation: Installation, event: string, payload: Record<string, unknown>): void {
    const app = this.#wanted().store.records.apps.find(({ id }) => id === installation.app);
    if (app) this.#send(app, installation, event, payload);
  }

  redeliver(id: number): boolean {
    const before = this.deliveries.find((one) => one.id === id);
    const app = this.#wanted().store.records.apps.find((one) => one.id === before?.app);
    if (!before || !app) return false;
    this.#start({ ...before, id: this.#nextId++, redelivery: true, status: null }, app, app.webhookSecret);
    return true;
  }

  /** Resolves when no delivery is under way. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.settled();
  }

  #wanted(): GitHost {
    if (!this.#host) throw new Error('The webhooks have no host yet.');
    return this.#host;
  }

  #send(app: App, installation: Installation, event: string, payload: Record<string, unknown>): void {
    const host = this.#wanted();
    if (app.webhookUrl === null) return;
    const body = JSON.stringify({ ...payload, installation: { id: installation.id, node_id: `I_${installation.id}` } });
    const delivery: Delivery = {
      id: this.#nextId++,
      guid: randomUUID(),
      app: app.id,
      installation: installation.id,
      event,
      action: typeof payload.action === 'string' ? payload.action : null,
      body,
      deliveredAt: host.now(),
      redelivery: false,
      status: null,
    };
    const fault = host.faults.takeWebhook(event);
    if (fault?.kind === 'drop') {
      this.deliveries.push(delivery);
      return;
    }
    const secret = fault?.kind === 'forge' ? 'another secret' : app.webhookSecret;
    if (fault?.kind === 'delay') {
      host.later(fault.ms, () => this.#start(delivery, app, secret));
      return;
    }
    this.#start(delivery, app, secret);
    if (fault?.kind === 'twice') this.#start({ ...delivery, id: this.#nextId++ }, app, secret);
  }

  #start(delivery: Delivery, app: App, secret: string | null): void {
    this.deliveries.push(delivery);
    if (this.deliveries.length > KEPT) this.deliveries.shift();
    const sent = this.#post(delivery, app, secret).finally(() => this.#open.delete(sent));
    this.#open.add(sent);
  }

  async #post(delivery: Delivery, app: App, secret: string | null): Promise<void> {
    const signature = (hash: 'sha1' | 'sha256'): string =>
      `${hash}=${createHmac(hash, secret ?? '')
        .update(delivery.body)
        .digest('hex')}`;
    const signed =
      secret === null ? {} : { 'X-Hub-Signature': signature('sha1'), 'X-Hub-Signature-256': signature('sha256') };
    const answer = await fetch(app.webhookUrl ?? '', {
      method: 'POST',
      redirect: 'manual',
      body: delivery.body,
      signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ANSWER_MS)]),
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'GitHub-Hookshot/044aadd',
        'X-GitHub-Delivery': delivery.guid,
        'X-GitHub-Event': delivery.event,
        'X-GitHub-Hook-ID': String(app.id),
        'X-GitHub-Hook-Installation-Target-ID': String(app.id),
        'X-GitHub-Hook-Installation-Target-Type': 'integration',
        ...signed,
      },
    }).catch(() => null);
    delivery.status = answer?.status ?? null;
    await answer?.body?.cancel();
  }
}

export const deliveryView = (delivery: Delivery) => ({
  id: delivery.id,
  guid: delivery.guid,
  delivered_at: iso(delivery.deliveredAt),
  redelivery: delivery.redelivery,
  duration: 0.1,
  status:
    delivery.status === null
      ? 'Failed to connect'
      : delivery.status < 400
        ? 'OK'
        : `Invalid HTTP Response: ${delivery.status}`,
  status_code: delivery.status ?? 0,
  event: delivery.event,
  action: delivery.action,
  installation_id: delivery.installation,
  repository_id: null,
  throttled_at: null,
});
