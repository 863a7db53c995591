import { withoutEmphasis } from '../../src/channels/markup/plain.ts';
import { splitText } from '../../src/channels/markup/split.ts';
import { decide } from '../../src/conversation/decide.ts';
import type { Policy } from '../../src/conversation/policy/policy.ts';
import { TURN_MS } from '../../src/conversation/policy/turn.ts';
import { readsOf } from '../../src/conversation/preload.ts';
import type { Context, Decision, Effect, Event } from '../../src/conversation/state/events.ts';
import { NEW_MESSAGE } from '../../src/conversation/state/messages.ts';
import { type Readers, withReads } from '../../src/conversation/state/readers.ts';
import type { Read } from '../../src/conversation/state/reads.ts';
import type { Message, Reply } from '../../src/conversation/state/rows.ts';
import { FIRST_PROJECT, newConversation, newProject, type State } from '../../src/conversation/state/state.ts';
import type { Timer } from '../../src/conversation/state/timers.ts';
import { CHANNELS } from './channels.ts';

// A conversation in memory for tests of pure decisions: time moves when the test says so, ids count up.

export const ADDRESS = 'whatsapp:+15555550123';

export function emptyState(): State {
  return {
    conversation: newConversation(ADDRESS, 'whatsapp:+15555550100'),
    addresses: [],
    connections: [],
    keptTexts: [],
    machine: null,
    projects: [newProject(FIRST_PROJECT, FIRST_PROJECT, 0)],
    sessions: [],
    archives: [],
    files: [],
    outgoing: [],
    questions: [],
    grants: [],
    messages: [],
    turns: [],
    attempts: [],
    replies: [],
    timers: [],
    windows: [],
    steps: [],
    pages: [],
    recent: [],
    schedules: [],
    runs: [],
    deliveries: [],
    pulls: [],
    diffs: [],
    reads: [],
  };
}

/** The state as code that reads these rows gets it. */
export const afterReading = (state: State, ...reads: Read[]): State => ({ ...state, reads });

const NOTHING_MORE = new Proxy({} as Readers, { get: () => (state: State) => state });

/** A conversation on another channel. */
export function talkOn(address: string, sender: string, policy: Partial<Policy> = {}): Talk {
  const talk = new Talk(0, policy);
  talk.cutWords = splitText;
  talk.state = { ...talk.state, conversation: newConversation(address, sender) };
  return talk;
}

export class Talk {
  state = emptyState();
  now = 1_000_000;
  isAllowed = true;
  isAdmin = true;
  isOwner = false;
  chance = 0;
  channels = CHANNELS;
  cutWords: Context['cut'] = (words) => [words];
  readonly policy: Policy;
  #ids = 0;
  #seq = 0;

  constructor(gatherMs = 0, choices: Partial<Policy> = {}) {
    const usual = { turnMs: TURN_MS, queueMode: 'collect', maxParts: 4, nudgeTemplate: null } as const;
    const words = { models: { allowed: [], fallback: null }, assistant: { name: null, tone: null } };
    this.policy = {
      gatherMs,
      ...usual,
      ...words,
      deleteMedia: false,
      archiveAfterMs: null,
      defaultZone: null,
      simulated: ['whatsapp', 'sms'],
      ...choices,
    };
  }

  context(): Context {
    return {
      now: this.now,
      policy: this.policy,
      id: () => `01${String(++this.#ids).padStart(24, '0')}`,
      uuid: () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`,
      messageSeq: () => ++this.#seq,
      channelOf: (address) => this.channels(address),
      cut: (words, limit) => this.cutWords(words, limit),
      plain: withoutEmphasis,
      parts: (text) => text.split('\n\n').filter((part) => part !== ''),
      pageUrl: (page) => `https://relay.example.com/read/${page}`,
      accountUrl: (link) => `https://relay.example.com/account/${link}`,
      diffUrl: (diff) => `https://relay.example.com/diff/${diff}`,
      isAllowed: () => this.isAllowed,
      isAdmin: () => this.isAdmin,
      isOwner: () => this.isOwner,
      sealPin: (pin: string) => `sealed ${pin}`,
      machineName: () => 'roost-aaaaaaaaaaaaaaaaaaaa',
      chance: () => this.chance,
    };
  }

  effects: Effect[] = [];
  log: Decision['log'] = [];

  /** All rows are there; the decision may look at those alone that the event's code reads. */
  stateFor(event: Event): State {
    return withReads({ ...this.state, reads: [] }, readsOf([event], this.state), NOTHING_MORE);
  }

  on(event: Event): State {
    const read = this.stateFor(event);
    const { state, effects, log } = decide(read, event, this.context());
    if (state !== read) this.state = state;
    this.effects = effects;
    this.log = log;
    return this.state;
  }

  text(
    text: string,
    attachments = 0,
    {
      receivedAt = this.now,
      providerId,
      ...more
    }: Partial<Extract<Event, { type: 'message' }>> & { receivedAt?: number; providerId?: string } = {},
  ): Message {
    const seq = ++this.#seq;
    const message: Message = {
      seq,
      providerId: providerId ?? `SM${seq}`,
      uuid: `00000000-0000-5000-8000-${String(seq).padStart(12, '0')}`,
      from: this.state.conversation.address,
      to: this.state.conversation.sender,
      text,
      attachments,
      receivedAt,
      ...NEW_MESSAGE,
    };
    this.on({ type: 'message', message, ...more });
    return message;
  }

  /** Moves time to the next timer of that kind and fires it. */
  fire(kind: Timer['kind']): State {
    const timer = this.state.timers.find((t) => t.kind === kind);
    if (!timer) throw new Error(`no timer ${kind}; there are ${this.state.timers.map((t) => t.kind).join(', ')}`);
    this.now = Math.max(this.now, timer.dueAt);
    return this.on({ type: 'timer', timer });
  }

  get attempt(): State['attempts'][number] {
    const open = this.state.attempts.find((a) => a.state !== 'ended');
    if (!open) throw new Error('no open attempt');
    return open;
  }

  get ref(): { turn: string; n: number } {
    return { turn: this.attempt.turn, n: this.attempt.n };
  }

  taken(journal = 'J1'): State {
    return this.on({ type: 'attempt-taken', attempt: this.ref, journal });
  }

  machine(event: Extract<Event, { type: 'machine' }>['event'], journal = 'J1'): State {
    return this.on({ type: 'machine', attempt: this.ref, journal, seq: this.attempt.lastSeq + 1, event });
  }

  answer(text: string, ...messages: Message[]): State {
    const uuids = messages.map((m) => m.uuid);
    this.machine({ type: 'result', text, is_error: false, user_message_uuids: uuids, cost_usd: 0 });
    this.machine({ type: 'ending' });
    return this.machine({ type: 'ended', outcome: 'done', reason: 'every message answered' });
  }

  get bodies(): string[] {
    return this.state.replies.map((r) => r.body);
  }

  reply(nth = 0): Reply {
    const reply = this.state.replies[nth];
    if (!reply) throw new Error(`no reply ${nth}`);
    return reply;
  }
}
