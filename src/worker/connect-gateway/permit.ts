import type { Context } from 'hono';
import type { GitRequest } from '../../git/git-request.ts';
import { reasonOf, report } from '../../log.ts';
import type { GitBegun, GitOpen, GitRefusal, GitReport } from '../../objects/git-requests.ts';
import { type ConversationStub, retryOnce } from '../../objects/namespaces.ts';
import type { AppEnv } from '../configuration.ts';

// The person's permit for one request to a git host: asked for before it leaves, looked at again while it runs, and
// given back with what became of the request.

/** How soon a request that runs is cut after its person disconnected or lost access. */
const LOOK_MS = 3_000;

export type PermitParts = {
  c: Context<AppEnv>;
  object: ConversationStub;
  conversation: string;
  attempt: string;
  request: GitRequest;
};

export class Permit {
  /** What the request may leave with; null before `begin`. */
  open: GitOpen | null = null;
  bytesUp = 0;
  bytesDown = 0;
  /** Why the request has to end, once it has to. */
  cutBy: GitRefusal | null = null;
  readonly #cut = Promise.withResolvers<GitRefusal>();
  /** Resolves to `cutBy` once the request has to end. */
  readonly cut = this.#cut.promise;
  readonly #parts: PermitParts;
  readonly #id = crypto.randomUUID();
  #isTold = false;
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(parts: PermitParts) {
    this.#parts = parts;
  }

  /** Why the request may not leave; null if it may. */
  async begin(): Promise<GitRefusal | null> {
    const { object, attempt, request } = this.#parts;
    const { host, path, kind } = request;
    const ask = { id: this.#id, attempt, host, path, kind };
    const begun = await retryOnce<GitBegun>(async () => await object.beginGitRequest(ask));
    if ('refused' in begun) return begun.refused;
    this.open = begun.open;
    this.#watch = setInterval(() => void this.#look(), LOOK_MS);
    return null;
  }

  /** Tells the object once how the request ended. */
  tell(ended: Pick<GitReport, 'status' | 'refused' | 'pushed' | 'opened'>): void {
    if (this.#isTold) return;
    this.#isTold = true;
    clearInterval(this.#watch);
    const { c, object, conversation, attempt, request } = this.#parts;
    const counted = { bytesUp: this.bytesUp, bytesDown: this.bytesDown };
    const said: GitReport = { id: this.#id, attempt, host: request.host, kind: request.kind, ...counted, ...ended };
    const told = retryOnce(() => object.endGitRequest(said)).catch((error: unknown) =>
      report({ level: 'warn', event: 'git-request-not-told', attempt, reason: reasonOf(error) }, conversation),
    );
    c.executionCtx.waitUntil(told);
  }

  async #look(): Promise<void> {
    const { object, request } = this.#parts;
    try {
      const refused = await object.lookAtGitRequest({ id: this.#id, host: request.host });
      if (refused === null || this.#isTold) return;
      clearInterval(this.#watch);
      this.cutBy = refused;
      this.#cut.resolve(refused);
    } catch {
      // The object is being restarted: the next look asks again.
    }
  }
}
