import { EventEmitter, once } from 'node:events';
import type {
  AgentMessage,
  Answer,
  AttemptEvent,
  AttemptView,
  EventBody,
  StartAgent,
  StartAttempt,
} from '../../../src/protocol/index.ts';
import { mannerOf } from '../agent/agent.ts';
import type { AttemptRecord, AttemptRequest } from '../journal/journal.ts';
import { RequestTable } from '../journal/request-table.ts';
import { FULL, RequestRefusal } from '../refusal.ts';
import { arrive, findAdmitted, findMoved, leave, NO_SLOTS, type Slots } from './admission.ts';
import { type FreshTokens, type Gateways, withoutTokens } from './gateways.ts';
import { beginsAlone } from './preparation.ts';
import { type End, RESTARTED } from './release.ts';
import { type AttemptParts, RunningAttempt } from './running-attempt.ts';

// The attempts of all conversations: which exist, which run, and which wait for a slot. Every call is idempotent. The
// journal is the truth; running attempts are in memory only, and the next start closes the ones a crash cut.

export type AttemptsSetup = Omit<AttemptParts, 'requests' | 'changed' | 'isFull'> & {
  gateways: Gateways;
  /** How many attempts run at once; the others wait. */
  mostAtOnce: number;
  onEnd: (conversation: string, attempt: string) => void;
};

type Waiting = { conversation: string; attempt: string; request: AttemptRequest; steered: AgentMessage[] };

export class Attempts {
  readonly #setup: AttemptsSetup;
  readonly #requests: RequestTable;
  readonly #running = new Map<string, RunningAttempt>();
  readonly #waiting = new Map<string, Waiting>();
  #slots = NO_SLOTS;
  /** Attempts whose events find no room on the disk. */
  readonly #full = new Set<string>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #isDraining = false;

  constructor(setup: AttemptsSetup) {
    this.#setup = setup;
    this.#requests = new RequestTable(setup.journal.db);
  }

  get openCount(): number {
    return this.#running.size + this.#waiting.size;
  }

  /** An attempt of the conversation has not ended. */
  isBusy(conversation: string): boolean {
    return this.#setup.journal.open(conversation).length > 0;
  }

  /** Closes the attempts a predecessor left open. Runs before the server listens. */
  closeLeftOpen(now: number): number {
    const left = this.#setup.journal.open();
    for (const { conversation, attempt, isStopped } of left) {
      const reason = 'the agent server was restarted';
      const end: EventBody = isStopped
        ? { type: 'ended', outcome: 'stopped', reason }
        : { type: 'ended', outcome: 'interrupted', reason, ...RESTARTED };
      this.#setup.journal.append(conversation, attempt, [{ type: 'ending' }, end], now);
    }
    return left.length;
  }

  start(conversation: string, attempt: string, asked: StartAttempt): { isNew: boolean; view: AttemptView } {
    const { journal, gateways, files, programs, pool } = this.#setup;
    const known = journal.find(conversation, attempt);
    if (known) return { isNew: false, view: known.view };
    files.check(conversation, asked.messages);
    if (this.#isDraining) throw new RequestRefusal('shutting_down', 'The machine is stopping. Try again in a moment.');
    const open = journal.open(conversation);
    if (open.some((other) => this.#full.has(key(conversation, other.attempt))))
      throw new RequestRefusal('no_space', FULL);
    if (open.length > 0) {
      throw new RequestRefusal(
        'conversation_busy',
        'Another attempt of this conversation is running. Wait until it ends, or stop it.',
      );
    }
    const request = withoutTokens(asked);
    const scope = { conversation, project: asked.project };
    // A warm agent began with the programs that were allowed before, and with the repository of before.
    const isOther = gateways.heard(scope, request.git);
    if ((asked.programs && programs.heard(scope, asked.programs)) || isOther) void pool.closeWarm(conversation);
    journal.begin(conversation, attempt, request, Date.now());
    gateways.open(conversation, asked);
    this.#waiting.set(key(conversation, attempt), { conversation, attempt, request, steered: [] });
    this.#move(arrive(this.#slots, key(conversation, attempt), this.#setup.mostAtOnce));
    return { isNew: true, view: this.#known(conversation, attempt).view };
  }

  /** Starts an agent ahead of the conversation's next attempt; false if that is not possible now. */
  startAhead(
    conversation: string,
    { session_id: session, project, model, programs: standing, git, ...rest }: StartAgent,
  ): boolean {
    const { agent, checks, gateways, pool, programs } = this.#setup;
    const scope = { conversation, project };
    // The project's setup runs before the agent starts.
    if (this.#isDraining || this.isBusy(conversation) || checks.isSetupDue(scope)) return false;
    const open = { conversation, project, session, model, manner: mannerOf(rest), continues: false, cutTools: [] };
    if (!agent.has(open)) return false;
    const isOther = gateways.heard(scope, git);
    if ((standing && programs.heard(scope, standing)) || isOther) void pool.closeWarm(conversation);
    // The project's own programs start where the person can be asked about the hosts that they reach.
    const found = programs.find(scope);
    return (found === null || !programs.isAllowed(scope, found)) && pool.startAhead(open);
  }

  steer(conversation: string, attempt: string, message: AgentMessage): AttemptView {
    const { view } = this.#known(conversation, attempt);
    if (this.#setup.journal.hasMessage(conversation, attempt, message.uuid)) return view;
    const waiting = this.#waiting.get(key(conversation, attempt));
    const running = this.#running.get(key(conversation, attempt));
    if (!running?.takesMessages && (!waiting || waiting.request.messages.some(beginsAlone)))
      throw new RequestRefusal('attempt_over', 'The attempt is over. Give the message to the next turn.');
    if (this.#isDraining)
      throw new RequestRefusal('shutting_down', 'The machine is stopping. Give the message to the next turn.');
    this.#setup.files.check(conversation, [message]);
    if (waiting) waiting.steered.push(message);
    else running?.steer(message);
    // Recorded after the push: if the push fails, the next try must not pass for a repeat.
    this.#setup.journal.addMessage(conversation, attempt, message.uuid);
    return view;
  }

  /** Takes the answer to an agent's request. The first answer counts, and it is stored before the agent gets it. */
  answer(conversation: string, attempt: string, id: string, answer: Answer): AttemptView {
    const { view } = this.#known(conversation, attempt);
    const known = this.#requests.find(conversation, attempt, id);
    if (!known) throw new RequestRefusal('unknown_request', 'The agent has no request with this id.');
    if (known.answer) return view;
    const running = this.#running.get(key(conversation, attempt));
    if (!running?.isOpen || known.isOver)
      throw new RequestRefusal('attempt_over', 'The agent no longer waits for this answer. Give it to the next turn.');
    this.#requests.answer(conversation, attempt, id, answer);
    running.answer(id, answer);
    return view;
  }

  /** Stops the attempt. An unknown attempt may still be on its way: it is recorded as stopped and won't run. */
  async interrupt(conversation: string, attempt: string, now: number): Promise<string[]> {
    const { journal } = this.#setup;
    const known = journal.find(conversation, attempt);
    if (!known) {
      journal.beginStopped(conversation, attempt, now);
      return [];
    }
    const waiting = this.#waiting.get(key(conversation, attempt));
    const running = this.#running.get(key(conversation, attempt));
    if (!waiting && !running) return known.dropped;
    journal.requestStop(conversation, attempt, now);
    if (running) return running.interrupt();
    const dropped = journal.messagesOf(conversation, attempt);
    journal.keepDropped(conversation, attempt, dropped);
    if (waiting) this.#endWaiting(waiting, { outcome: 'stopped', reason: 'stopped before it began' });
    return dropped;
  }

  /** Ends all attempts of the conversation, running or waiting. */
  async cutAll(conversation: string, reason: string): Promise<void> {
    for (const { attempt } of this.#setup.journal.open(conversation)) {
      const waiting = this.#waiting.get(key(conversation, attempt));
      if (waiting) this.#endWaiting(waiting, { outcome: 'stopped', reason });
      const running = this.#running.get(key(conversation, attempt));
      await running?.cut(reason);
      await running?.finished;
    }
  }

  acknowledge(conversation: string, attempt: string, now: number): void {
    const { view } = this.#known(conversation, attempt);
    if (view.state !== 'ended')
      throw new RequestRefusal('conversation_busy', 'The attempt is still running. Acknowledge it after `ended`.');
    this.#setup.journal.acknowledge(conversation, attempt, now);
    this.#setup.journal.forgetOld(now);
    void this.#setup.files.forgetOld(now);
  }

  /** Replaces the tokens of an attempt that runs or waits; does nothing for an ended one. */
  renewTokens(conversation: string, attempt: string, fresh: FreshTokens): void {
    const name = key(conversation, attempt);
    if (this.#running.has(name) || this.#waiting.has(name)) this.#setup.gateways.renew(conversation, fresh, Date.now());
  }

  eventsAfter(conversation: string, attempt: string, seq: number): AttemptEvent[] {
    this.#known(conversation, attempt);
    if (this.#full.has(key(conversation, attempt))) throw new RequestRefusal('no_space', FULL);
    return this.#setup.journal.eventsAfter(conversation, attempt, seq, 200);
  }

  hasEnded(conversation: string, attempt: string): boolean {
    return this.#known(conversation, attempt).view.state === 'ended';
  }

  /** Resolves at the attempt's next event, or when `signal` aborts. */
  async nextChange(conversation: string, attempt: string, signal: AbortSignal): Promise<void> {
    await once(this.#changes, key(conversation, attempt), { signal }).catch(() => {});
  }

  /**
   * Accepts no new work and waits up to `graceMs` for running attempts; the others are cut, so that they can be
   * continued.
   */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    for (const each of this.#waiting.values())
      this.#endWaiting(each, { outcome: 'interrupted', reason: 'the machine was stopped', ...RESTARTED });
    const running = [...this.#running.values()];
    const expired = Promise.withResolvers<void>();
    const timer = setTimeout(() => expired.resolve(), graceMs);
    await Promise.race([Promise.all(running.map((attempt) => attempt.finished)), expired.promise]);
    clearTimeout(timer);
    await Promise.all([...this.#running.values()].map((attempt) => attempt.cut('the machine was stopped', RESTARTED)));
  }

  /** Starts the attempts that got a slot, and tells the others their place in the queue. */
  #move(slots: Slots): void {
    const before = this.#slots;
    this.#slots = slots;
    for (const name of findAdmitted(before, slots)) {
      const waiting = this.#waiting.get(name);
      this.#waiting.delete(name);
      if (waiting) this.#run(waiting);
    }
    for (const { name, place } of findMoved(before, slots)) {
      const waiting = this.#waiting.get(name);
      if (waiting) this.#record(waiting, [{ type: 'waiting', place }]);
    }
  }

  #run({ conversation, attempt, request, steered }: Waiting): void {
    const name = key(conversation, attempt);
    const { journal, agent, pool, actions, checks, firstClone, programs, watch, files, answerWaitMs } = this.#setup;
    const changed = (): void => void this.#changes.emit(name);
    const shared = { journal, answerWaitMs, files, agent, pool, actions, checks, firstClone, programs, watch };
    const isFull = (is: boolean): void => {
      if (is) {
        this.#full.add(name);
        watch.reserve?.release();
      } else this.#full.delete(name);
      changed();
    };
    const parts = { ...shared, requests: this.#requests, changed, isFull };
    const running = new RunningAttempt(parts, conversation, attempt, request);
    this.#running.set(name, running);
    void running.finished.then(() => {
      this.#running.delete(name);
      this.#left(conversation, attempt);
    });
    void running.run();
    for (const message of steered) running.steer(message);
  }

  #endWaiting(waiting: Waiting, end: Omit<End, 'keep'>): void {
    const { conversation, attempt } = waiting;
    this.#waiting.delete(key(conversation, attempt));
    this.#record(waiting, [{ type: 'ending' }, { ...end, type: 'ended' }]);
    this.#left(conversation, attempt);
  }

  #left(conversation: string, attempt: string): void {
    this.#setup.gateways.shut(conversation);
    this.#setup.onEnd(conversation, attempt);
    this.#move(leave(this.#slots, key(conversation, attempt), this.#setup.mostAtOnce));
  }

  #record({ conversation, attempt }: Waiting, events: EventBody[]): void {
    this.#setup.journal.append(conversation, attempt, events, Date.now());
    this.#changes.emit(key(conversation, attempt));
  }

  #known(conversation: string, attempt: string): AttemptRecord {
    const record = this.#setup.journal.find(conversation, attempt);
    if (!record)
      throw new RequestRefusal('unknown_attempt', 'This machine doesn’t know the attempt. Start it with PUT.');
    return record;
  }
}

function key(conversation: string, attempt: string): string {
  return `${conversation}/${attempt}`;
}
