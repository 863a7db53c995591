import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { decide } from '../../src/conversation/decide.ts';
import type { Policy } from '../../src/conversation/policy/policy.ts';
import { RUNS_KEPT } from '../../src/conversation/policy/schedules.ts';
import { readsOf } from '../../src/conversation/preload.ts';
import { withNextTimer } from '../../src/conversation/schedules/due.ts';
import type { Context, Event } from '../../src/conversation/state/events.ts';
import type { Schedule } from '../../src/conversation/state/schedule-rows.ts';
import { findOpenAttempt, type State } from '../../src/conversation/state/state.ts';
import { arrivalEventOf } from '../../src/objects/received-calls.ts';
import { ConversationStore } from '../../src/objects/stores/conversation-store.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import { CHANNELS } from '../pure/channels.ts';
import { newPerson, stubOf, text, useOutside } from './relay.ts';

// After a commit the store keeps the hot part in memory instead of reading it again. The kept rows must equal the read
// ones.

const POLICY: Policy = {
  gatherMs: 0,
  turnMs: 60_000,
  queueMode: 'collect',
  maxParts: 4,
  nudgeTemplate: null,
  models: { allowed: [], fallback: null },
  assistant: { name: null, tone: null },
  deleteMedia: false,
  archiveAfterMs: 0,
  defaultZone: null,
};
const world = useOutside();

const sorted = (state: State): State => ({
  ...state,
  timers: [...state.timers].sort((a, b) => `${a.kind}${a.ref}`.localeCompare(`${b.kind}${b.ref}`)),
});

const contextOf = (store: ConversationStore, ids: { last: number }, now: number): Context => ({
  policy: POLICY,
  now,
  id: () => `01${String(++ids.last).padStart(24, '0')}`,
  uuid: () => crypto.randomUUID(),
  messageSeq: () => store.nextMessageSeq(),
  channelOf: CHANNELS,
  cut: (words: string) => [words],
  plain: (words: string) => words,
  parts: (words: string) => words.split('|'),
  pageUrl: (page: string) => page,
  accountUrl: (link: string) => `https://relay.example.com/account/${link}`,
  diffUrl: (diff: string) => diff,
  isAllowed: () => true,
  isAdmin: () => true,
  isOwner: () => false,
  sealPin: (pin: string) => `sealed ${pin}`,
  machineName: () => 'roost-aaaaaaaaaaaaaaaaaaaa',
  chance: () => 0,
});

test('the remembered state equals the rows, after every kind of event', async () => {
  const person = newPerson();
  world.outside.onStart = () => new Promise((resolve) => setTimeout(() => resolve(new Response()), 60_000));
  await text(person, 'hello');
  await world.outside.until(() => world.outside.starts[0]);
  await runInDurableObject(stubOf(person), (_, { storage }) => {
    const store = new ConversationStore(storage);
    const ids = { last: 0 };
    let now = Date.now();
    const on = (make: (state: State) => Event): void => {
      now += 5000;
      const context = contextOf(store, ids, now);
      store.transaction(() => {
        const event = make(store.load());
        const before = store.load((hot) => readsOf([event], hot));
        store.save(before, decide(before, event, context).state);
      });
      expect(sorted(store.load())).toEqual(sorted(new ConversationStore(storage).load()));
    };
    const attempt = (state: State) => ({ turn: findOpenAttempt(state)?.turn ?? '', n: findOpenAttempt(state)?.n ?? 0 });
    const uuid = store.load().messages[0]?.uuid as string;
    on((s) => ({ type: 'unreachable', attempt: attempt(s), reason: '' }));
    on((s) => ({ type: 'timer', timer: s.timers[0] as State['timers'][number] }));
    on((s) => ({ type: 'attempt-taken', attempt: attempt(s), journal: 'J' }));
    on((s) => ({ type: 'attempt-lost', attempt: attempt(s), reason: '' }));
    on((s) => ({ type: 'attempt-taken', attempt: attempt(s), journal: 'J' }));
    const result: EventBody = {
      type: 'result',
      text: 'a|b|c',
      is_error: false,
      user_message_uuids: [uuid],
      cost_usd: 0,
    };
    on((s) => ({ type: 'machine', attempt: attempt(s), journal: 'J', seq: 1, event: result }));
    on(() => ({ type: 'send-begin' }));
    const reply = store.load().replies[0]?.id as string;
    on(() => ({ type: 'send-unknown', reply, attempt: 1 }));
    on(() => ({ type: 'reconcile-failed', reply, reason: '' }));
    on(() => ({ type: 'reconciled', reply, found: null }));
    on(() => ({ type: 'status', reply, attempt: 1, sid: 'SM1', status: 'delivered', errorCode: null, failure: null }));
    on(() => ({ type: 'status', reply, attempt: 1, sid: 'SM1', status: 'read', errorCode: null, failure: null }));
    on((s) => ({
      type: 'machine',
      attempt: attempt(s),
      journal: 'J',
      seq: 2,
      event: { type: 'ended', outcome: 'done', reason: '' },
    }));
    on(() => ({ type: 'heartbeat' }));
    expect(store.load().replies.map((r) => r.body)).toEqual(['b', 'c']);
    // Refused after they were accepted, the newer one first: they are held in the order in which they were written.
    const held = store.load().replies.map((r) => r.id);
    for (const [index, id] of held.entries()) {
      on(() => ({ type: 'send-begin' }));
      on(() => ({ type: 'send-accepted', reply: id, attempt: 1, sid: `SM${index + 2}` }));
    }
    for (const [index, id] of [...held.entries()].reverse()) {
      const refused = { status: 'failed', errorCode: 63016, failure: 'window' } as const;
      on(() => ({ type: 'status', reply: id, attempt: 1, sid: `SM${index + 2}`, ...refused }));
    }
    expect(store.load().replies.map((r) => `${r.body} ${r.state}`)).toEqual(['b held', 'c held']);
    const address = { from: person, to: 'whatsapp:+15555550100' };
    const words = { providerId: 'another', uuid: crypto.randomUUID(), ...address, text: 'look', attachments: 1 };
    const files = [{ url: 'https://files.example.com/1', type: 'image/png', name: null }];
    on(() => arrivalEventOf({ ...words, receivedAt: now, files }, store.nextMessageSeq()));
    expect(store.knowsMessage('another')).toBe(true);
    expect(store.load().files).toHaveLength(1);
    expect(() =>
      store.transaction(() => {
        store.save(store.load(), { ...store.load(), replies: [] });
        throw new Error('rolled back');
      }),
    ).toThrow('rolled back');
    expect(sorted(store.load())).toEqual(sorted(new ConversationStore(storage).load()));
  });
});

test('a new message is never written over one that was not loaded', async () => {
  const person = newPerson();
  await text(person, '/help');
  await runInDurableObject(stubOf(person), (_, { storage }) => {
    const store = new ConversationStore(storage);
    const words = () => storage.sql.exec('SELECT provider_id, text FROM messages').toArray();
    const [was] = words();
    const clash = store
      .load([{ rows: 'quoted', sid: `${was?.provider_id}` }])
      .messages.map((m) => ({ ...m, text: 'other words' }));
    expect(clash).toHaveLength(1);
    const before = store.load();
    expect(before.messages).toEqual([]);
    expect(() => store.transaction(() => store.save(before, { ...before, messages: clash }))).toThrow('UNIQUE');
    expect(words()).toEqual([was]);
  });
});

test('the turn that ends makes room for the next one, whichever of the two rows comes first', async () => {
  const person = newPerson();
  world.outside.onStart = () => new Promise((resolve) => setTimeout(() => resolve(new Response()), 60_000));
  await text(person, 'hello');
  await world.outside.until(() => world.outside.starts[0]);
  await runInDurableObject(stubOf(person), (_, { storage }) => {
    const store = new ConversationStore(storage);
    const before = store.load();
    const [open] = before.turns;
    if (open?.state !== 'open') throw new Error('no open turn');
    const next = { ...open, id: `${open.id.slice(0, -1)}_` };
    const ended = { ...open, state: 'done' as const, endedAt: 1 };
    storage.transactionSync(() => store.save(before, { ...before, turns: [next, ended] }));
    expect(new ConversationStore(storage).load().turns.filter(({ state }) => state === 'open')).toEqual([next]);
  });
});

test('a group of the conversation is kept in columns of its own, and null clears them', async () => {
  const person = newPerson();
  await text(person, '/help');
  await runInDurableObject(stubOf(person), (_, { storage }) => {
    const keep = (change: Partial<State['conversation']>): unknown => {
      const store = new ConversationStore(storage);
      const before = store.load();
      store.transaction(() => store.save(before, { ...before, conversation: { ...before.conversation, ...change } }));
      expect(new ConversationStore(storage).load().conversation).toMatchObject(change);
      const columns = 'deep_project, deep_since, deep_text_at, assistant_name, assistant_tone, quiet_from, quiet_to';
      return [...storage.sql.exec(`SELECT ${columns} FROM conversation`).raw()][0];
    };
    const deep = { project: 'main', since: 1, textAt: 2 };
    const stored = keep({ deep, assistant: { name: 'Robin', tone: 'dry' }, quiet: { from: 1320, to: 420 } });
    expect(stored).toEqual(['main', 1, 2, 'Robin', 'dry', 1320, 420]);
    const cleared = keep({ deep: null, assistant: { name: null, tone: null }, quiet: null });
    expect(cleared).toEqual([null, null, null, null, null, null, null]);
  });
});

test('of projects, sessions and their copies, too, and what an event needs of them is loaded for it', async () => {
  const person = newPerson();
  await text(person, '/help');
  await runInDurableObject(stubOf(person), (_, { storage }) => {
    const store = new ConversationStore(storage);
    const ids = { last: 0 };
    let now = Date.now();
    const byId = (state: State): unknown[] =>
      [state.projects, state.sessions, state.archives].map((rows) => [...rows].sort((a, b) => (a.id < b.id ? -1 : 1)));
    const on = (event: Event): State => {
      now += 1000;
      const context = { ...contextOf(store, ids, now), parts: (words: string) => [words] };
      const after = store.transaction(() => {
        const before = store.load((hot) => readsOf([event], hot));
        const { state } = decide(before, event, context);
        store.save(before, state);
        return state;
      });
      expect(byId(store.load())).toEqual(byId(new ConversationStore(storage).load()));
      return after;
    };
    const says = (words: string): State => {
      const id = ++ids.last;
      const uuid = crypto.randomUUID();
      const address = { from: person, to: 'whatsapp:+15555550100' };
      const row = { providerId: `IN${id}`, uuid, ...address, text: words, attachments: 0, receivedAt: now };
      return on(arrivalEventOf(row, store.nextMessageSeq()));
    };
    const session = (n: number): string => `7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b1${n}`;
    const answered = (n: number): void => {
      const { turn, n: attempt } = findOpenAttempt(store.load()) ?? { turn: '', n: 0 };
      const ref = { turn, n: attempt };
      const uuids = store.load().messages.map((m) => m.uuid);
      on({ type: 'attempt-taken', attempt: ref, journal: 'J' });
      const events: EventBody[] = [
        { type: 'session', session_id: session(n) },
        { type: 'result', text: 'done', is_error: false, user_message_uuids: uuids, cost_usd: 1 },
        { type: 'ended', outcome: 'done', reason: '' },
      ];
      for (const [i, event] of events.entries()) on({ type: 'machine', attempt: ref, journal: 'J', seq: i + 1, event });
    };
    says('/project new shop');
    says('one');
    answered(1);
    says('/new');
    says('two');
    answered(2);
    expect(says('/sessions').sessions.map((s) => s.title)).toEqual(['two', 'one']);
    says('/sessions 2');
    says('/project archive shop');
    expect(store.load().projects.map((p) => p.label)).toEqual(['main']);
    says('three');
    answered(3);
    says('/project restore shop');
    const { projects, sessions } = store.load();
    expect(projects.map((p) => [p.label, p.sessionId])).toEqual([
      ['main', session(3)],
      ['shop', session(1)],
    ]);
    expect(sessions.map((s) => s.title).sort()).toEqual(['one', 'three']);
    // The progress of its backup, and the machine it came from, are still known when the person goes back to it.
    expect(store.load().archives.filter((a) => a.kind === 'session')).toHaveLength(2);
    expect(says('/undo').messages.find((m) => m.action === 'undo')).toBeDefined();
  });
});

test('of schedules, their runs and what they say, too, and a run is loaded with what is told of its words', async () => {
  const person = newPerson();
  await text(person, '/help');
  await runInDurableObject(stubOf(person), (_, { storage }) => {
    const store = new ConversationStore(storage);
    const ids = { last: 0 };
    let now = Date.now() + 60_000;
    const context = (): Context => contextOf(store, ids, now);
    const same = (): void => {
      const [mine, theirs] = [store.load(), new ConversationStore(storage).load()].map(sorted);
      expect(mine).toEqual(theirs);
    };
    const on = (event: Event): State => {
      now += 1000;
      const after = store.transaction(() => {
        const before = store.load((hot) => readsOf([event], hot));
        const { state } = decide(before, event, context());
        store.save(before, state);
        return state;
      });
      same();
      return after;
    };
    const sent = (): void => {
      for (;;) {
        now += 5000;
        const sending = on({ type: 'send-begin' }).replies.find((r) => r.state === 'sending');
        if (!sending) return;
        on({ type: 'send-accepted', reply: sending.id, attempt: sending.attempt, sid: `SM${sending.id}` });
      }
    };
    const told = (reply: string, status: 'delivered' | 'failed', code: number | null = null): State => {
      const failure = code === null ? null : ('window' as const);
      return on({ type: 'status', reply, attempt: 1, sid: `SM${reply}`, status, errorCode: code, failure });
    };
    const runs = (): string[] =>
      storage.sql
        .exec<{ schedule: number; state: string }>('SELECT schedule, state FROM runs ORDER BY id')
        .toArray()
        .map((r) => `${r.schedule} ${r.state}`);
    sent();
    const plain = { project: 'main', zone: 'Etc/UTC', holidays: null, skips: [], isolated: false, overlap: 'skip' };
    const fresh = { failures: 0, heldRuns: 0, toldWindow: false, deliveredAt: null, pausedBy: null, resumeAt: null };
    const rule = { kind: 'interval', every: 60, unit: 'minutes', anchor: now } as const;
    const made = { ...plain, ...fresh, rule, checkCommand: null, standup: false, recipients: [], state: 'active' };
    store.transaction(() => {
      const before = store.load();
      const planned = (['agent', 'text'] as const).reduce((state, kind, n) => {
        const row = { ...made, id: n + 1, kind, prompt: `task ${n + 1}`, nextAt: now + n, createdAt: now } as Schedule;
        return withNextTimer(state, row);
      }, before);
      store.save(before, planned);
    });
    same();
    const due = (id: number): State => {
      const timer = store.load().timers.find((t) => t.kind === 'schedule' && t.ref === `${id}`);
      if (!timer) throw new Error(`schedule ${id} has no timer`);
      now = Math.max(now, timer.dueAt);
      return on({ type: 'timer', timer });
    };
    due(1);
    due(2);
    const state = store.load();
    const { turn, n } = findOpenAttempt(state) ?? { turn: '', n: 0 };
    const attempt = { turn, n };
    on({ type: 'attempt-taken', attempt, journal: 'J' });
    const uuids = state.messages.map((m) => m.uuid);
    const result: EventBody = { type: 'result', text: 'a|b', is_error: false, user_message_uuids: uuids, cost_usd: 0 };
    on({ type: 'machine', attempt, journal: 'J', seq: 1, event: result });
    on({ type: 'machine', attempt, journal: 'J', seq: 2, event: { type: 'ended', outcome: 'done', reason: '' } });
    expect(runs()).toEqual(['1 sending', '2 sending']);
    const replies = store.load().replies.filter((r) => r.schedule !== null);
    sent();
    expect(runs()).toEqual(['1 sent', '2 sent']);
    // None of them is open any more: news about one part finds the others.
    expect([store.load().runs, store.load().schedules]).toEqual([[], []]);
    const ofAgent = replies.filter((r) => r.schedule === 1).map((r) => r.id);
    told(ofAgent[0] as string, 'delivered');
    expect(runs()).toEqual(['1 sent', '2 sent']);
    const after = told(ofAgent[1] as string, 'delivered');
    expect(runs()).toEqual(['1 delivered', '2 sent']);
    expect(after.schedules.find((s) => s.id === 1)?.deliveredAt).not.toBeNull();
    told(replies.find((r) => r.schedule === 2)?.id as string, 'failed', 63016);
    expect(runs()).toEqual(['1 delivered', '2 held']);
    expect(store.load().schedules.map((s) => [s.id, s.heldRuns])).toEqual([[2, 1]]);
    // The newest run is read when the next is due, and those beyond the history are removed, except open ones.
    store.transaction(() => {
      const before = store.load();
      store.save(before, { ...before, conversation: { ...before.conversation, optedOutAt: now } });
    });
    for (let k = 0; k < RUNS_KEPT + 3; k++) due(2);
    expect(runs().filter((r) => r.startsWith('1'))).toHaveLength(1);
    expect(runs().filter((r) => r === '2 skipped')).toHaveLength(RUNS_KEPT);
    expect(runs().filter((r) => r === '2 held')).toHaveLength(1);
  });
});
