import type { Event } from '../../src/conversation/state/events.ts';
import type { Answer as RequestAnswer } from '../../src/protocol/index.ts';

// The machine as the protocol describes it: an attempt starts once, its events are journalled without gaps, one attempt
// runs at a time, and an attempt that is stopped before the machine knows it never runs.

type Body = Extract<Event, { type: 'machine' }>['event'];
type Given = { uuid: string; text: string };
export type Answer = { kind: 'ok'; journal: string } | { kind: 'lost' | 'refused' | 'unreachable' | 'busy' };

type Attempt = {
  id: string;
  /** Messages given to the agent that no result lists yet. */
  pending: string[];
  taken: Set<string>;
  state: 'running' | 'ending' | 'ended';
  stopping: boolean;
  events: Body[];
  /** The agent's open questions, and the answers it was told. */
  requests: Map<string, RequestAnswer | 'waiting' | 'over'>;
};

export const AGENT_STEPS = [
  'begin',
  'session',
  'session lost',
  'progress',
  'tool',
  'ask',
  'ask consent',
  'say',
  'ask no more',
  'news',
  'in line',
  'usage',
  'compacted',
  'answer all',
  'answer one',
  'answer in passing',
  'answer none',
  'answer long',
  'answer longest',
  'answer nothing',
  'nothing to report',
  'answer error',
  'answer API error',
  'ending',
  'done',
  'done early',
  'failed',
  'cut',
] as const;
export type AgentStep = (typeof AGENT_STEPS)[number];

const sessionId = (n: number): string => `7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b1${n % 3}`;
/** Parts of an answer by length; the last is longer than a chat allows. */
const PARTS: Partial<Record<AgentStep, number>> = { 'answer long': 3, 'answer longest': 6 };

export class Machine {
  journal = 'J1';
  mode: 'up' | 'down' | 'refuses' = 'up';
  attempts = new Map<string, Attempt>();
  /** Text by uuid, as first given. */
  readonly #texts = new Map<string, string>();
  readonly #stopped = new Set<string>();
  /** Messages given to an agent, now or before, that no result lists: its session contains all of them. */
  readonly #unanswered = new Set<string>();
  #answers = 0;
  #requests = 0;
  /**
   * The number of a turn's questions that are answered in its transcript: the agent asks the next one, or the same
   * again.
   */
  readonly #asked = new Map<string, number>();
  /** Every answer an agent was given. */
  readonly heard: { turn: string; answer: RequestAnswer }[] = [];

  get running(): Attempt | null {
    return [...this.attempts.values()].find((a) => a.state !== 'ended') ?? null;
  }

  wasGiven(uuid: string): boolean {
    return this.#texts.has(uuid);
  }

  put(id: string, messages: readonly Given[], isLate: boolean): Answer {
    if (this.mode === 'refuses') return { kind: 'refused' };
    if (this.attempts.has(id)) return this.#ok();
    if (this.running) return { kind: 'busy' };
    if (!isLate && this.#stopped.has(turnOf(id))) throw new Error(`${id} begins after its turn was stopped`);
    if (messages.length === 0) throw new Error(`${id} was asked for without a message`);
    this.#given(messages);
    const uuids = messages.map((m) => m.uuid);
    this.attempts.set(id, {
      id,
      pending: uuids,
      taken: new Set(uuids),
      state: 'running',
      stopping: false,
      events: [],
      requests: new Map(),
    });
    return this.#ok();
  }

  /** The first answer counts; a repeated one gets the same result. */
  answer(id: string, request: string, answer: RequestAnswer): Answer {
    const attempt = this.attempts.get(id);
    if (!attempt) return { kind: 'lost' };
    const known = attempt.requests.get(request);
    if (known !== undefined && known !== 'waiting' && known !== 'over') return this.#ok();
    if (known !== 'waiting' || attempt.state === 'ended') return { kind: 'refused' };
    attempt.requests.set(request, answer);
    this.#next(id);
    this.heard.push({ turn: turnOf(id), answer });
    return this.#ok();
  }

  steer(id: string, message: Given): Answer {
    const attempt = this.attempts.get(id);
    if (!attempt) return { kind: 'lost' };
    if (attempt.taken.has(message.uuid)) return this.#ok();
    if (attempt.state !== 'running' || attempt.stopping) return { kind: 'refused' };
    this.#given([message]);
    attempt.taken.add(message.uuid);
    attempt.pending.push(message.uuid);
    return this.#ok();
  }

  /** An unknown attempt is closed forever. */
  interrupt(id: string): Answer {
    const attempt = this.attempts.get(id);
    this.#stopped.add(turnOf(id));
    if (attempt) attempt.stopping = true;
    else {
      const events: Body[] = [{ type: 'ending' }, { type: 'ended', outcome: 'stopped', reason: 'before it began' }];
      this.attempts.set(id, {
        id,
        pending: [],
        taken: new Set(),
        state: 'ended',
        stopping: true,
        events,
        requests: new Map(),
      });
    }
    return this.#ok();
  }

  follow(id: string): Answer {
    return this.attempts.has(id) ? this.#ok() : { kind: 'lost' };
  }

  /** Closes the running attempt, as a start does. */
  restart(): void {
    const { running } = this;
    if (running) this.#end(running, 'interrupted', 'restarted');
  }

  loseMemory(): void {
    this.journal = `J${Number(this.journal.slice(1)) + 1}`;
    this.attempts = new Map();
    this.#unanswered.clear();
    this.#asked.clear();
  }

  /** The model gateway refuses the agent's requests: its budget is used up. */
  usedUp(): void {
    if (this.running?.state === 'running') this.#end(this.running, 'failed', 'model');
  }

  /** The next step of a healthy agent. */
  work(): void {
    const { running } = this;
    if (!running) return;
    if (running.stopping) this.#end(running, 'stopped');
    else if (isAsking(running)) this.step('ask no more');
    else this.step(running.state === 'running' && running.pending.length > 0 ? 'answer all' : 'done');
  }

  step(step: AgentStep): void {
    const { running } = this;
    if (!running) return;
    if (running.state === 'ending') {
      this.#end(running, step === 'cut' ? 'interrupted' : 'done');
      return;
    }
    if (isAsking(running) && !['ask no more', 'cut', 'failed'].includes(step)) return;
    const { events, pending } = running;
    switch (step) {
      case 'begin':
        events.push({ type: 'started' });
        return;
      case 'session':
        events.push({ type: 'session', session_id: sessionId(this.attempts.size) });
        return;
      case 'session lost':
        events.push({ type: 'session_lost', session_id: sessionId(0) });
        return;
      case 'progress':
        events.push({ type: 'progress', text: 'I have looked at it.' });
        return;
      case 'tool':
        events.push({ type: 'tool_started', tool_use_id: 't', name: 'Bash' });
        return;
      case 'ask':
      case 'ask consent':
      case 'say':
        this.#ask(running, step);
        return;
      case 'ask no more':
        for (const [request_id, answer] of running.requests) {
          if (answer !== 'waiting') continue;
          running.requests.set(request_id, 'over');
          this.#next(running.id);
          events.push({ type: 'request_over', request_id });
        }
        return;
      case 'news':
        events.push({ type: 'unknown' });
        return;
      case 'in line':
        events.push({ type: 'waiting', place: 2 });
        return;
      case 'usage':
        events.push({ type: 'usage', context_percent: 81, memory_free: 1e8, disk_free: 1e9 });
        return;
      case 'compacted':
        events.push({ type: 'compacted' });
        return;
      case 'answer one':
        this.#answer(running, pending.slice(0, 1), step);
        return;
      case 'answer in passing':
        this.#answer(running, [...this.#unanswered], step);
        return;
      case 'answer none':
        this.#answer(running, [], step);
        return;
      case 'answer all':
      case 'answer long':
      case 'answer longest':
      case 'answer nothing':
      case 'nothing to report':
      case 'answer error':
      case 'answer API error':
        this.#answer(running, pending, step);
        return;
      case 'ending':
        running.state = 'ending';
        events.push({ type: 'ending' });
        return;
      case 'done':
        if (pending.length === 0) this.#end(running, running.stopping ? 'stopped' : 'done');
        return;
      case 'done early':
        this.#end(running, 'done');
        return;
      case 'failed':
        this.#end(running, 'failed');
        return;
      case 'cut':
        this.#end(running, 'interrupted');
        return;
    }
  }

  #ask(attempt: Attempt, step: 'ask' | 'ask consent' | 'say'): void {
    const request_id = `r${++this.#requests}`;
    const name = `${turnOf(attempt.id)} ${this.#asked.get(turnOf(attempt.id)) ?? 0}`;
    const request = {
      ask: { kind: 'ask', question: `Which of ${name}?`, options: ['Left', 'Right'] },
      'ask consent': { kind: 'approve', tool: 'Bash', summary: `run ${name}`, rule: 'Bash' },
      say: { kind: 'send_message', text: `said ${name};` },
    } as const;
    attempt.requests.set(request_id, 'waiting');
    const asked = request[step];
    const body = asked.kind === 'ask' ? { ...asked, options: [...asked.options] } : asked;
    attempt.events.push({ type: 'request', request_id, request: body });
  }

  #next(id: string): void {
    this.#asked.set(turnOf(id), (this.#asked.get(turnOf(id)) ?? 0) + 1);
  }

  #answer(attempt: Attempt, uuids: readonly string[], step: AgentStep): void {
    const words = Array.from({ length: PARTS[step] ?? 1 }, () => `answer ${++this.#answers};`).join('\n\n');
    const nothing = { 'answer nothing': '', 'nothing to report': 'Nothing to report.' };
    const text =
      step in nothing ? nothing[step as keyof typeof nothing] : step === 'answer API error' ? 'API Error: 500' : words;
    const isError = step === 'answer error' || step === 'answer API error';
    attempt.events.push({ type: 'result', text, is_error: isError, user_message_uuids: [...uuids], cost_usd: 0 });
    for (const uuid of uuids) this.#unanswered.delete(uuid);
    attempt.pending = attempt.pending.filter((uuid) => !uuids.includes(uuid));
  }

  #end(attempt: Attempt, outcome: 'done' | 'stopped' | 'interrupted' | 'failed', cause?: 'restarted' | 'model'): void {
    if (attempt.state === 'running') attempt.events.push({ type: 'ending' });
    const steps = attempt.events.flatMap(({ type }) =>
      type === 'tool_started' ? { name: 'Bash', after_ms: 1, ms: null, outcome: 'cut' as const } : [],
    );
    if (steps.length > 0) attempt.events.push({ type: 'steps', steps, left_out: 0 });
    attempt.events.push({ type: 'ended', outcome, reason: 'said the machine', ...(cause ? { cause } : {}) });
    attempt.state = 'ended';
  }

  /** A uuid stands for one text forever: by it the agent tells a repeat from a new message. */
  #given(messages: readonly Given[]): void {
    for (const { uuid, text } of messages) {
      const before = this.#texts.get(uuid) ?? text;
      if (before !== text) throw new Error(`“${before}” and “${text}” were given under one uuid`);
      this.#texts.set(uuid, text);
      this.#unanswered.add(uuid);
    }
  }

  #ok(): Answer {
    return { kind: 'ok', journal: this.journal };
  }
}

const isAsking = ({ requests }: Attempt): boolean => [...requests.values()].includes('waiting');
const turnOf = (id: string): string => id.split('.')[0] ?? '';
