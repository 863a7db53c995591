import type { AgentMessage, Answer, EventBody } from '../../../src/protocol/index.ts';
import { type ActionMessage, type Actions, isAction } from '../actions/actions.ts';
import type { FirstClone } from '../actions/first-clone.ts';
import type {
  Agent,
  AgentProcess,
  MessageStanding,
  Note,
  OpenAgent,
  PushedMessage,
  SentMessage,
  Signal,
} from '../agent/agent.ts';
import { mannerOf } from '../agent/agent.ts';
import type { AgentPool } from '../agent/pool.ts';
import type { AttemptRequest, Journal } from '../journal/journal.ts';
import type { RequestTable } from '../journal/request-table.ts';
import type { ProgramConsent } from '../programs/program-consent.ts';
import type { FileStore } from '../transfer/file-store.ts';
import { AttemptHost } from './attempt-host.ts';
import { Clocks } from './clocks.ts';
import {
  buildState,
  chooseMessages,
  isOwnTurn,
  NOTHING_HELD,
  planResumption,
  type Resumption,
  stalledWorkOf,
} from './continuation.ts';
import { EarlierAnswers, type Settle } from './earlier-answers.ts';
import { reasonOfFailure } from './failure.ts';
import { GivenMessages } from './given-messages.ts';
import type { PreChecks } from './pre-check/run.ts';
import { Preparation, type Prepared } from './preparation.ts';
import { type Recorder, recorderOf } from './recorder.ts';
import {
  beginIdle,
  newRunningState,
  type Step,
  settleSideQuestion,
  stalledMessagesOf,
  step,
  unsaidTextOf,
  withPushed,
  withPushedAgain,
} from './reducer.ts';
import { ANSWERED, type Cut, type End, interruptAgent, NOT_WOKEN, release, STILL_RUNS, STOPPED } from './release.ts';
import { askForPrimer } from './session-primer.ts';
import { SideQuestions } from './side-questions.ts';
import { STOP_MS } from './silence.ts';
import { StalledTurnWatch } from './stalled-turn.ts';
import { Watchdogs, type WatchSetup } from './watchdogs.ts';

// One attempt from start to end: starts the agent, feeds its signals to reducer.ts, journals the resulting events, and
// keeps the clocks. In memory only: when a crash cuts the attempt, the next start closes it from the journal alone.

/** The dependencies of a running attempt. */
export type AttemptParts = {
  journal: Journal;
  requests: RequestTable;
  agent: Agent;
  pool: AgentPool;
  actions: Actions;
  checks: PreChecks;
  /** Omitted where no project has a repository. */
  firstClone?: FirstClone | undefined;
  programs: ProgramConsent;
  files: FileStore;
  watch: WatchSetup;
  /** How long the agent waits for an answer. */
  answerWaitMs: number;
  changed: () => void;
  /** Whether the disk has no room for the attempt's events. */
  isFull: (is: boolean) => void;
};

export class RunningAttempt {
  readonly conversation: string;
  readonly attempt: string;
  readonly #ended = Promise.withResolvers<void>();
  readonly finished = this.#ended.promise;
  readonly #parts: AttemptParts;
  readonly #request: AttemptRequest;
  readonly #clocks: Clocks;
  readonly #stalledTurn: StalledTurnWatch;
  #stopTimer: NodeJS.Timeout | undefined;
  #state = newRunningState(null);
  #process: AgentProcess | undefined;
  readonly #given: GivenMessages;
  readonly #host: AttemptHost;
  readonly #preparation: Preparation;
  readonly #earlier: EarlierAnswers;
  readonly #recorder: Recorder;
  readonly #sideQuestions: SideQuestions;
  readonly #watchdogs: Watchdogs;
  #resumption: Resumption = NOTHING_HELD;
  #opening: Promise<unknown> | undefined;
  #stopping: Promise<string[]> | undefined;
  #isOver = false;

  constructor(parts: AttemptParts, conversation: string, attempt: string, request: AttemptRequest) {
    this.#parts = parts;
    this.conversation = conversation;
    this.attempt = attempt;
    this.#request = request;
    this.#state = newRunningState(request.session_id);
    this.#earlier = new EarlierAnswers(parts, conversation, attempt, request.continues);
    this.#recorder = recorderOf(parts, conversation, attempt, (end) => void this.#end(end));
    this.#sideQuestions = new SideQuestions((...answer) => this.#apply(settleSideQuestion(this.#state, ...answer)));
    this.#watchdogs = new Watchdogs(
      parts.watch,
      (bite) => void this.#end({ ...bite, keep: false }),
      () => this.#resultMissing(),
    );
    this.#clocks = new Clocks(request.limits, (...why) => void this.cut(...why));
    this.#stalledTurn = new StalledTurnWatch(
      () => this.#onStalledMessages(),
      () => void this.#end(STILL_RUNS),
    );
    this.#given = new GivenMessages(
      (message) => parts.files.unpack(conversation, request.project, message),
      (uuid) => parts.agent.unusedUuid(this.#inSession(), uuid),
    );
    const hooks = { record: (event: EventBody) => this.#recorder.record([event]), onWaiting: this.#clocks.pause };
    const scope = { conversation, attempt, project: request.project };
    this.#host = new AttemptHost(parts, scope, hooks);
    this.#preparation = new Preparation(parts, scope, request.messages, hooks.record, this.#host);
  }

  get isOpen(): boolean {
    return !this.#isOver && this.#stopping === undefined;
  }

  /** An action without the model accepts no messages, because there is no agent to give them to. */
  get takesMessages(): boolean {
    return this.isOpen && !this.#preparation.isOpen && !this.#request.messages.some(isAction);
  }

  async run(): Promise<void> {
    try {
      const { messages, session_id: session } = this.#request;
      const [action] = messages;
      for (const message of messages) this.steer(message);
      const { refusal, note } = this.#watchdogs.begin();
      if (refusal) return await this.#end({ ...refusal, keep: false });
      if (action && isAction(action)) return await this.#perform(action);
      const continues = this.#request.continues && this.#given.uuids.length > 0;
      if (continues) this.#take(this.#earlier.told(this.#given.uuids), false);
      if (continues) this.#resumption = planResumption(this.#takeAnswersFromTranscript(this.#given.uuids));
      this.#given.resume(this.#resumption);
      const prepared = this.#isOver ? null : await this.#prepare();
      const goesOn = continues && isOwnTurn(this.#resumption);
      const room = this.#resumption.held.length === 0 ? note : null;
      if (prepared?.wakes) await this.#openAgent(session, goesOn, room, prepared.note);
    } catch (error) {
      await this.cut(reasonOfFailure(error));
    }
  }

  /** Folds a message into the running turn, or has it answered beside the turn. */
  steer(message: AgentMessage): void {
    if (this.#sideQuestions.takes(message)) return;
    const given = this.#given.add(message);
    if (this.#process) this.#push(this.#process, [given]);
  }

  answer = (id: string, answer: Answer): void => this.#host.answer(id, answer);

  /** Stops the turn; resolves with the messages that were still queued. */
  interrupt(): Promise<string[]> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Ends the attempt so that the next one continues it. */
  cut(reason: string, more: Cut = {}): Promise<void> {
    return this.#end({ outcome: 'interrupted', reason, ...more, keep: false });
  }

  /** Does the work that precedes the agent, if any. Null: the attempt has ended meanwhile. */
  async #prepare(): Promise<Prepared | null> {
    const { continues, session_id } = this.#request;
    const settling = this.#preparation.settle(this.#resumption.held, continues, session_id === null);
    this.#opening = settling.catch(() => {});
    this.#watchdogs.watch(this.#preparation);
    const prepared = await settling;
    if (this.#isOver) return null;
    if (!prepared.wakes) await this.#end(NOT_WOKEN, prepared.events);
    else this.#recorder.record(prepared.events);
    for (const message of prepared.messages) this.steer(message);
    return prepared;
  }

  #perform(message: ActionMessage): Promise<void> {
    this.#state = withPushed(this.#state, { ...message, context: false });
    const performing = this.#parts.actions.perform(this.#inSession(), message, this.#host, this.#onSignal);
    this.#opening = performing.catch(() => {});
    return performing;
  }

  async #openAgent(session: string | null, continues: boolean, ...notes: Note[]): Promise<void> {
    this.#clocks.starting();
    const taking = this.#parts.pool.take(this.#agentFor(session, continues));
    this.#opening = taking.catch(() => {});
    const process = await taking;
    if (this.#isOver) return this.#parts.pool.discard(process);
    this.#process = process;
    const resumed = continues ? this.#resumption : NOTHING_HELD;
    this.#given.noteBegun(resumed.held);
    this.#state = buildState(process, { session, started: this.#state.started }, resumed.held, this.#request.messages);
    process.listen(this.#onSignal);
    process.serve(this.#host);
    this.#watchdogs.watch(process);
    for (const note of [...notes, this.#earlier.warning(resumed)]) if (note) this.#give(process, note);
    const { last, messages } = chooseMessages(this.#given.all(), resumed, process.opened.cutTools);
    this.#given.carryOn(process, last, messages.length > 0);
    this.#push(process, messages);
    if (this.#given.uuids.length === 0) this.#apply(beginIdle(this.#state));
    this.#sideQuestions.askOf(process);
    this.#clocks.heard();
  }

  #push(process: AgentProcess, messages: readonly SentMessage[]): void {
    for (const push of this.#given.promptOf(messages)) this.#give(process, push);
  }

  #give(process: AgentProcess, push: PushedMessage): void {
    const uuid = this.#given.ownUuid(push.uuid);
    if (!this.#state.held.includes(uuid)) this.#state = withPushed(this.#state, { ...push, uuid });
    process.push(push);
  }

  #onSignal = (raw: Signal): void => {
    if (this.#isOver) return;
    const signal = this.#given.hear(raw);
    this.#clocks.heard(signal);
    this.#apply(step(this.#state, signal));
    if (!this.#isOver) this.#watchdogs.heard(signal);
    if (!this.#isOver) this.#stalledTurn.look(this.#state);
  };

  #apply({ state, events, verdict }: Step): void {
    if (this.#isOver) return;
    this.#state = state;
    this.#given.settle(events);
    const mustWait = verdict?.type === 'over' && verdict.outcome === 'done' && this.#sideQuestions.areOpen;
    if (verdict?.type === 'over' && !mustWait) {
      return void this.#end({ ...(this.isOpen ? verdict : STOPPED), keep: verdict.outcome === 'done' }, events);
    }
    this.#recorder.record(events);
    if (verdict?.type === 'start_afresh') void this.#startAfresh(verdict.lost);
  }

  async #startAfresh(session: string): Promise<void> {
    const lost = this.#process;
    this.#process = undefined;
    this.#sideQuestions.askOf(undefined);
    lost?.listen(() => {});
    try {
      if (lost) await this.#parts.pool.discard(lost);
      const primer = this.#isOver ? null : await askForPrimer(this.#host);
      if (this.#isOver) return;
      this.#recorder.record([{ type: 'session_lost', session_id: session, seeded: primer !== null }]);
      await this.#openAgent(null, false, primer);
    } catch (error) {
      await this.cut(reasonOfFailure(error));
    }
  }

  async #end(end: End, events: readonly EventBody[] = []): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    // First, so that the agent's requests stay open for the next attempt: ending the rest would give them up.
    this.#host.close();
    for (const watch of [this.#watchdogs, this.#clocks, this.#stalledTurn, this.#preparation]) watch.end();
    clearTimeout(this.#stopTimer);
    this.#recorder.record(events);
    const process = this.#process;
    process?.serve(null);
    const unsaid = end.outcome === 'done' ? [] : unsaidTextOf(this.#state);
    const usage = await release(process, end.keep, this.#parts.pool, this.#parts.watch.dataDir);
    // Wait for a starting agent before it is released: a conversation never has two.
    if (!process) await this.#opening;
    const { keep: _, ...said } = this.#stopping !== undefined && !end.keep ? { ...STOPPED, keep: false } : end;
    await this.#recorder.finish([usage, ...unsaid, { type: 'ending' }, { ...said, type: 'ended' }]);
    this.#ended.resolve();
  }

  /** The model has finished, but no answer was reported: takes the answer from the transcript, if it is there. */
  #resultMissing(): void {
    if (!this.#isOver) this.#takeAnswersFromTranscript(this.#given.uuids, false);
    if (!this.#isOver) void this.cut('the agent wrote its answer but never finished');
  }

  async #stop(): Promise<string[]> {
    if (this.#isOver) return [];
    this.#stopTimer = setTimeout(() => void this.#end(STOPPED), STOP_MS);
    const receipt = this.#process ? await interruptAgent(this.#process, STOP_MS) : null;
    const dropped = [...this.#given.dropped(receipt), ...this.#sideQuestions.uuids];
    // The agent starts on queued messages right after the interrupt, and the next turn would read them. With none it goes
    // idle.
    if (dropped.length > 0) this.#process?.kill();
    this.#parts.journal.keepDropped(this.conversation, this.attempt, dropped);
    if (receipt === null || dropped.length > 0) void this.#end(STOPPED);
    return dropped;
  }

  /** Messages wait although the agent is idle: settles the answered ones and pushes the others again. */
  #onStalledMessages(): void {
    if (this.#isOver || !this.#process) return;
    const standings = this.#takeAnswersFromTranscript(stalledMessagesOf(this.#state));
    const { again, last } = stalledWorkOf(this.#state, standings);
    for (const uuid of again) this.#pushAgain(this.#process, uuid);
    // A resumed agent may take a turn for finished that was cut more than once.
    this.#given.carryOn(this.#process, last, false);
  }

  #inSession = (): OpenAgent => this.#agentFor(this.#state.session, false);

  #agentFor(session: string | null, continues: boolean): OpenAgent {
    const { project, model, ...manner } = this.#request;
    const cutTools = continues ? this.#parts.journal.unfinishedTools(this.conversation, this.attempt) : [];
    return { conversation: this.conversation, project, session, model, manner: mannerOf(manner), continues, cutTools };
  }

  /** Settles messages that the session has already answered; only the report was lost. */
  #takeAnswersFromTranscript(uuids: readonly string[], keep = true): Map<string, MessageStanding> {
    const { standings, answers } = this.#earlier.inSession(this.#inSession(), this.#given.all(), uuids);
    this.#take(answers, keep);
    return standings;
  }

  #take(answers: readonly Settle[], keep: boolean): void {
    for (const settle of answers) this.#apply(settle(this.#state));
    if (this.#given.uuids.length === 0) void this.#end({ ...ANSWERED, keep });
  }

  /** The agent holds the message unanswered and would ignore its uuid as a repeat, so the message gets a new one. */
  #pushAgain(process: AgentProcess, uuid: string): void {
    for (const push of this.#given.again(uuid)) {
      this.#state = withPushedAgain(this.#state, uuid);
      process.push(push);
    }
  }
}
