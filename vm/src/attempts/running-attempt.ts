import type { AgentMessage, Answer, EventBody } from '../../../src/protocol/index.ts';
import type { Actions, Performed } from '../actions/actions.ts';
import type { FileAction } from '../actions/file-actions.ts';
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
import { Aliases } from './aliases.ts';
import { AttemptHost } from './attempt-host.ts';
import { Clocks } from './clocks.ts';
import {
  chooseMessages,
  isOwnTurn,
  NOTHING_HELD,
  planResumption,
  type Resumption,
  stalledWorkOf,
  stateWith,
} from './continuation.ts';
import { EarlierAnswers, type Settle } from './earlier-answers.ts';
import { droppedMessagesOf, GivenMessages, type ReportedState } from './given-messages.ts';
import { isWithoutModel, performed } from './performed-actions.ts';
import type { PreChecks } from './pre-check/run.ts';
import { Preparation, type Prepared } from './preparation.ts';
import { type Recorder, recorderOf } from './recorder.ts';
import {
  beginIdle,
  newAttemptState,
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

// One attempt from start to end: brings the agent up, feeds its signals to reducer.ts, journals what comes out, and keeps
// the clocks. In memory only; an attempt cut by a crash is closed by the next start from the journal alone.

/** What a running attempt works with. */
export type AttemptParts = {
  journal: Journal;
  requests: RequestTable;
  agent: Agent;
  pool: AgentPool;
  actions: Actions;
  checks: PreChecks;
  programs: ProgramConsent;
  files: FileStore;
  watch: WatchSetup;
  /** How long the agent waits for an answer. */
  answerWaitMs: number;
  changed: () => void;
  /** Whether the disk has no room for what the attempt has to tell. */
  isFull: (is: boolean) => void;
};

export class RunningAttempt {
  readonly conversation: string;
  readonly attempt: string;
  readonly #over = Promise.withResolvers<void>();
  readonly finished = this.#over.promise;
  readonly #parts: AttemptParts;
  readonly #request: AttemptRequest;
  readonly #clocks: Clocks;
  readonly #rest: StalledTurnWatch;
  #stopTimer: NodeJS.Timeout | undefined;
  #state = newAttemptState(null);
  #process: AgentProcess | undefined;
  readonly #given: GivenMessages;
  readonly #host: AttemptHost;
  readonly #check: Preparation;
  readonly #aliases = new Aliases((uuid) => this.#parts.agent.unusedUuid(this.#inSession(), uuid));
  readonly #earlier: EarlierAnswers;
  readonly #recorder: Recorder;
  readonly #asides: SideQuestions;
  readonly #watchdogs: Watchdogs;
  readonly #told = new Map<string, ReportedState>();
  #resumption: Resumption = NOTHING_HELD;
  #opening: Promise<unknown> | undefined;
  #stopping: Promise<string[]> | undefined;
  #isOver = false;

  constructor(parts: AttemptParts, conversation: string, attempt: string, request: AttemptRequest) {
    this.#parts = parts;
    this.conversation = conversation;
    this.attempt = attempt;
    this.#request = request;
    this.#state = newAttemptState(request.session_id);
    this.#earlier = new EarlierAnswers(parts, conversation, attempt, request.continues);
    this.#recorder = recorderOf(parts, conversation, attempt, (end) => void this.#end(end));
    this.#asides = new SideQuestions((...answer) => this.#apply(settleSideQuestion(this.#state, ...answer)));
    this.#watchdogs = new Watchdogs(
      parts.watch,
      (bite) => void this.#end({ ...bite, keep: false }),
      () => this.#resultMissing(),
    );
    this.#clocks = new Clocks(request.limits, (...why) => void this.cut(...why));
    this.#rest = new StalledTurnWatch(
      () => this.#onLying(),
      () => void this.#end(STILL_RUNS),
    );
    this.#given = new GivenMessages((message) => parts.files.unpack(conversation, request.project, message));
    const hooks = { record: (event: EventBody) => this.#recorder.record([event]), onWaiting: this.#clocks.pause };
    const scope = { conversation, attempt, project: request.project };
    this.#host = new AttemptHost(parts, scope, hooks);
    this.#check = new Preparation(parts, scope, request.messages, hooks.record, this.#host);
  }

  get isOpen(): boolean {
    return !this.#isOver && this.#stopping === undefined;
  }

  /** An action without the model accepts no messages, because there is no agent to give them to. */
  get takesMessages(): boolean {
    return this.isOpen && !this.#check.isOpen && !this.#request.messages.some(isWithoutModel);
  }

  async run(): Promise<void> {
    try {
      const { messages, session_id: session } = this.#request;
      const [action] = messages;
      for (const message of messages) this.steer(message);
      const { refusal, note } = this.#watchdogs.begin();
      if (refusal) return await this.#end({ ...refusal, keep: false });
      if (action && isWithoutModel(action)) return await this.#perform(action);
      const continues = this.#request.continues && this.#given.uuids.length > 0;
      if (continues) this.#take(this.#earlier.told(this.#given.uuids), false);
      if (continues) this.#resumption = planResumption(this.#takeAnswersFromTranscript(this.#given.uuids));
      this.#aliases.takeUp(this.#resumption);
      const woken = this.#isOver ? null : await this.#woken();
      const goesOn = continues && isOwnTurn(this.#resumption);
      const room = this.#resumption.held.length === 0 ? note : null;
      if (woken?.wakes) await this.#openAgent(session, goesOn, room, woken.note);
    } catch (error) {
      await this.cut(error instanceof Error ? error.message : 'the agent could not be started');
    }
  }

  /** Folds a message into the running turn, or has it answered beside it. */
  steer(message: AgentMessage): void {
    if (this.#asides.takes(message)) return;
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

  /** Runs the work that precedes the agent, if there is any. Null: the attempt has ended meanwhile. */
  async #woken(): Promise<Prepared | null> {
    const { continues, session_id } = this.#request;
    const settling = this.#check.settle(this.#resumption.held, continues, session_id === null);
    this.#opening = settling.catch(() => {});
    this.#watchdogs.watch(this.#check);
    const woken = await settling;
    if (this.#isOver) return null;
    if (!woken.wakes) await this.#end(NOT_WOKEN, woken.events);
    else this.#recorder.record(woken.events);
    for (const message of woken.messages) this.steer(message);
    return woken;
  }

  #perform(message: Performed | FileAction): Promise<void> {
    this.#state = withPushed(this.#state, { ...message, context: false });
    const performing = performed(message, this.#inSession(), this.#parts.actions, this.#host, this.#onSignal);
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
    for (const uuid of resumed.held) this.#told.set(uuid, 'begun');
    this.#state = stateWith(process, { session, started: this.#state.started }, resumed.held, this.#request.messages);
    process.listen(this.#onSignal);
    process.serve(this.#host);
    this.#watchdogs.watch(process);
    for (const note of [...notes, this.#earlier.warning(resumed)]) if (note) this.#give(process, note);
    const { last, messages } = chooseMessages(this.#given.all(), resumed, process.opened.cutTools);
    this.#aliases.carryOn(process, last, messages.length > 0);
    this.#push(process, messages);
    if (this.#given.uuids.length === 0) this.#apply(beginIdle(this.#state));
    this.#asides.askOf(process);
    this.#clocks.heard();
  }

  /** Pushes messages as one prompt: all but the last are context of the last. */
  #push(process: AgentProcess, messages: readonly SentMessage[]): void {
    for (const [index, { uuid }] of messages.entries()) {
      const push = this.#given.push(uuid, index < messages.length - 1, this.#aliases.nameOf(uuid));
      if (push) this.#give(process, push);
    }
  }

  #give(process: AgentProcess, push: PushedMessage): void {
    const uuid = this.#aliases.own(push.uuid);
    if (!this.#state.held.includes(uuid)) this.#state = withPushed(this.#state, { ...push, uuid });
    process.push(push);
  }

  #onSignal = (raw: Signal): void => {
    if (this.#isOver) return;
    const signal = this.#aliases.signalOf(raw);
    if (signal.type === 'message') this.#told.set(signal.uuid, signal.state === 'queued' ? 'queued' : 'begun');
    this.#clocks.heard(signal);
    this.#apply(step(this.#state, signal));
    if (!this.#isOver) this.#watchdogs.heard(signal);
    if (!this.#isOver) this.#rest.look(this.#state);
  };

  #apply({ state, events, verdict }: Step): void {
    if (this.#isOver) return;
    this.#state = state;
    this.#given.settle(events);
    const mustWait = verdict?.type === 'over' && verdict.outcome === 'done' && this.#asides.areOpen;
    if (verdict?.type === 'over' && !mustWait) {
      return void this.#end({ ...(this.isOpen ? verdict : STOPPED), keep: verdict.outcome === 'done' }, events);
    }
    this.#recorder.record(events);
    if (verdict?.type === 'start_afresh') void this.#startAfresh(verdict.lost);
  }

  async #startAfresh(session: string): Promise<void> {
    const lost = this.#process;
    this.#process = undefined;
    this.#asides.askOf(undefined);
    lost?.listen(() => {});
    try {
      if (lost) await this.#parts.pool.discard(lost);
      const seed = this.#isOver ? null : await askForPrimer(this.#host);
      if (this.#isOver) return;
      this.#recorder.record([{ type: 'session_lost', session_id: session, seeded: seed !== null }]);
      await this.#openAgent(null, false, seed);
    } catch (error) {
      await this.cut(error instanceof Error ? error.message : 'the agent could not be started');
    }
  }

  async #end(end: End, events: readonly EventBody[] = []): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    // What it asks stays open for the next one: closed before anything lets go of its question.
    this.#host.close();
    for (const watch of [this.#watchdogs, this.#clocks, this.#rest, this.#check]) watch.end();
    clearTimeout(this.#stopTimer);
    this.#recorder.record(events);
    const process = this.#process;
    process?.serve(null);
    const left = end.outcome === 'done' ? [] : unsaidTextOf(this.#state);
    const usage = await release(process, end.keep, this.#parts.pool, this.#parts.watch.dataDir);
    // An agent that is still starting is closed once it is up, so that a conversation never has two.
    if (!process) await this.#opening;
    const { keep: _, ...said } = this.#stopping !== undefined && !end.keep ? { ...STOPPED, keep: false } : end;
    await this.#recorder.finish([usage, ...left, { type: 'ending' }, { ...said, type: 'ended' }]);
    this.#over.resolve();
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
    const queued = receipt?.map((uuid) => this.#aliases.own(uuid)) ?? null;
    const dropped = [...droppedMessagesOf(this.#given.uuids, queued, this.#told), ...this.#asides.uuids];
    this.#parts.journal.keepDropped(this.conversation, this.attempt, dropped);
    // The agent would start on queued messages at once, so its process has to end. Without any it becomes idle.
    if (receipt === null || dropped.length > 0) void this.#end(STOPPED);
    return dropped;
  }

  /** Messages wait although the agent is idle: settles those it has answered, and gives it the others again. */
  #onLying(): void {
    if (this.#isOver || !this.#process) return;
    const standings = this.#takeAnswersFromTranscript(stalledMessagesOf(this.#state));
    const { again, last } = stalledWorkOf(this.#state, standings);
    for (const uuid of again) this.#pushAgain(this.#process, uuid);
    // A resumed agent may consider a turn finished that was cut off more than once.
    this.#aliases.carryOn(this.#process, last, false);
  }

  #inSession = (): OpenAgent => this.#agentFor(this.#state.session, false);

  #agentFor(session: string | null, continues: boolean): OpenAgent {
    const { project, model, ...manner } = this.#request;
    const cutTools = continues ? this.#parts.journal.unfinishedTools(this.conversation, this.attempt) : [];
    return { conversation: this.conversation, project, session, model, manner: mannerOf(manner), continues, cutTools };
  }

  /** Messages that the session has already answered; only the report was lost. */
  #takeAnswersFromTranscript(uuids: readonly string[], keep = true): Map<string, MessageStanding> {
    const { standings, answers } = this.#earlier.inSession(this.#inSession(), this.#given.all(), uuids);
    this.#take(answers, keep);
    return standings;
  }

  #take(answers: readonly Settle[], keep: boolean): void {
    for (const settle of answers) this.#apply(settle(this.#state));
    if (this.#given.uuids.length === 0) void this.#end({ ...ANSWERED, keep });
  }

  /** The agent has the message unanswered and would ignore its uuid as a repeat: it needs a new one. */
  #pushAgain(process: AgentProcess, uuid: string): void {
    const fresh = this.#given.uuids.includes(uuid) ? this.#aliases.fresh(uuid) : null;
    const push = fresh === null ? null : this.#given.push(uuid, false, fresh);
    if (push === null) return;
    this.#state = withPushedAgain(this.#state, uuid);
    process.push(push);
  }
}
