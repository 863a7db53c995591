// Failures on demand, each for a number of requests. In memory.

export type GitHostFault =
  /** Sends this answer and does nothing. */
  | { kind: 'answer'; status: number; body?: string; headers?: Readonly<Record<string, string>> }
  /** The primary rate limit is used up until `resetS` from now, or the secondary one for `retryAfterS`. */
  | { kind: 'rate limit'; resetS?: number; retryAfterS?: number; status?: 403 | 429 }
  /** Cuts the connection without an answer. */
  | { kind: 'cut' }
  /** Does the work and cuts the connection in the middle of the answer, after this many bytes. */
  | { kind: 'cut answer'; afterBytes: number }
  | { kind: 'delay'; ms: number }
  /** Redirects to this address. */
  | { kind: 'redirect'; to: string; status?: 301 | 302 | 307 | 308 };

/** The affected requests: default, all of them. `path` is matched with its host: "/github.com/…" or "/api/…". */
export type RequestMatch = { method?: string; path?: RegExp; times?: number; skip?: number };

export type WebhookFault =
  | { kind: 'drop' }
  | { kind: 'twice' }
  | { kind: 'delay'; ms: number }
  /** Signs with another secret. */
  | { kind: 'forge' };

type Row<T> = { fault: T; match: RequestMatch; skip: number; left: number };

export class GitHostFaults {
  #requests: Row<GitHostFault>[] = [];
  #webhooks: { fault: WebhookFault; event: string | null; left: number }[] = [];

  /** Affects the next matching requests, by default one. */
  next(fault: GitHostFault, match: RequestMatch = {}): void {
    this.#requests.push({ fault, match, skip: match.skip ?? 0, left: match.times ?? 1 });
  }

  /** Affects the next deliveries, by default one of any event. */
  nextWebhook(fault: WebhookFault, { event = null, times = 1 }: { event?: string | null; times?: number } = {}): void {
    this.#webhooks.push({ fault, event, left: times });
  }

  clear(): void {
    this.#requests = [];
    this.#webhooks = [];
  }

  take(method: string, path: string): GitHostFault | null {
    const found = this.#requests.find(
      ({ match }) => (match.method ?? method) === method && (match.path?.test(path) ?? true),
    );
    if (!found) return null;
    if (found.skip > 0) {
      found.skip -= 1;
      return null;
    }
    found.left -= 1;
    this.#requests = this.#requests.filter(({ left }) => left > 0);
    return found.fault;
  }

  takeWebhook(event: string): WebhookFault | null {
    const found = this.#webhooks.find((row) => row.event === null || row.event === event);
    if (!found) return null;
    found.left -= 1;
    this.#webhooks = this.#webhooks.filter(({ left }) => left > 0);
    return found.fault;
  }
}
