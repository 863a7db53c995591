import type { Answer, EventBody, Request } from '../../../src/protocol/index.ts';
import type { RequestTable } from '../journal/request-table.ts';

// The requests of one running attempt that wait for an answer. Waiting is in memory; requests and answers are in the
// table, so that after a restart the next attempt finds the answer there or asks again.

/** For an agent that got no answer while it waited. */
const NO_ANSWER = 'No answer yet. Finish your turn; the answer will start a new one.';
const DENIED = 'Nobody approved this in time, so it was not done. Continue without it, or say what you would need.';
const UNCONFIRMED = 'It’s on its way but not confirmed yet. Continue.';
const UNSCHEDULED =
  'This could not be confirmed and may already be done. Check with schedule_list before you try again.';
const UNLISTED = 'The schedules can’t be read right now. Tell the person, and don’t change any.';

export type PendingRequestsSetup = {
  table: RequestTable;
  conversation: string;
  attempt: string;
  /** How long an agent waits for an answer while the machine is awake. */
  waitMs: number;
  record: (event: EventBody) => void;
  /** The agent begins to wait for somebody's answer, or goes on. */
  onWaiting: (isWaiting: boolean) => void;
};

export class PendingRequests {
  readonly #setup: PendingRequestsSetup;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  #isClosed = false;

  constructor(setup: PendingRequestsSetup) {
    this.#setup = setup;
  }

  /** Asks and resolves with the answer, or with a substitute when nobody answers in time. */
  async ask(wanted: string, request: Request, signal: AbortSignal): Promise<Answer> {
    if (this.#isClosed || signal.aborted) return unanswered(request);
    const { table, conversation, attempt, waitMs, record } = this.#setup;
    const before = isLookup(request) ? null : table.answeredBefore(conversation, attempt, request);
    if (before) return before;
    const id = this.#unused(wanted);
    table.add(conversation, attempt, id, request);
    record({ type: 'request', request_id: id, request });

    const { promise, resolve } = Promise.withResolvers<Answer>();
    const giveUp = (): void => {
      if (!this.#waiting.has(id) || this.#isClosed) return;
      table.close(conversation, attempt, id);
      record({ type: 'request_over', request_id: id });
      resolve(unanswered(request));
    };
    const timer = setTimeout(giveUp, waitMs);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.set(id, resolve);
    if (this.#waiting.size === 1) this.#setup.onWaiting(true);
    const answer = await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0 && !this.#isClosed) this.#setup.onWaiting(false);
    return answer;
  }

  /** Hands the agent an answer that is already in the table. */
  answer(id: string, answer: Answer): void {
    this.#waiting.get(id)?.(answer);
  }

  /** The attempt is over. Its requests stay open for the next attempt, so nothing is recorded about them. */
  close(): void {
    this.#isClosed = true;
    for (const resolve of this.#waiting.values()) resolve({ kind: 'none', text: NO_ANSWER });
  }

  /** An id of its own: one tool call may need consent more than once. */
  #unused(wanted: string): string {
    const { table, conversation, attempt } = this.#setup;
    const base = wanted.replace(/[^\w-]/g, '_').slice(0, 190);
    for (let n = 1; ; n++) {
      const id = n === 1 ? base : `${base}-${n}`;
      if (!table.find(conversation, attempt, id)) return id;
    }
  }
}

/** A lookup is asked anew each time: an earlier attempt's result may be out of date. */
const isLookup = (request: Request): boolean => request.kind === 'schedule' && request.wish.op === 'list';

function unanswered(request: Request): Answer {
  const { kind } = request;
  if (kind === 'approve') return { kind: 'decision', decision: 'deny', reason: DENIED };
  if (kind === 'schedule') return { kind: 'none', text: isLookup(request) ? UNLISTED : UNSCHEDULED };
  const isSent = kind === 'send_message' || kind === 'send_file';
  return { kind: 'none', text: isSent ? UNCONFIRMED : NO_ANSWER };
}
