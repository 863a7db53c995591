import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findNextAlarm } from '../../../src/conversation/alarm.ts';
import { findDueLookUp, wantsOutage, wantsSend } from '../../../src/conversation/lanes.ts';
import { composeWords, findDueNews, onNewsTold, outageOf } from '../../../src/conversation/outbox/carrier-outage.ts';
import { headOf } from '../../../src/conversation/outbox/replies.ts';
import { OUTAGE_REFUSALS } from '../../../src/conversation/policy/outbox.ts';
import type { Found } from '../../../src/conversation/state/events.ts';
import type { Failure } from '../../../src/conversation/state/failure.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import {
  applyNews,
  dueTimeOf,
  isOutageOver,
  type OutageReport,
  PROBE_MAX_MS,
  type SenderOutage,
  tellAt,
} from '../../../src/objects/outage-rounds.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// A carrier that accepts nothing for a while: nothing is given up by count, the order is kept, one conversation tries
// for all, and waiting replies leave without help.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const CODES: Partial<Record<Failure, number>> = {
  rate: 20429,
  account: 20003,
  pair: 63018,
  barred: 21608,
  content: 63021,
};

/** More steps of a lane than any test needs at one moment. */
const AT_ONCE_MAX = 200;

/** `down`: 5xx, nothing accepted · `mute`: accepted, and the answer is lost. */
type Answer = 'ok' | 'down' | 'mute' | Failure;

/** A conversation between a carrier that answers as the test says and a directory that follows its rules. */
class Line extends Talk {
  answers: Answer = 'ok';
  /** The carrier's answers to these words only. */
  readonly odd = new Map<string, Answer>();
  readonly causes: string[] = [];
  retryAfterMs: number | null = null;
  listFails = false;
  /** The carrier's list does not show the messages it accepted. */
  listLags = false;
  readonly requests: { at: number; body: string; what: 'send' | 'list' }[] = [];
  /** Requests made before the time the carrier had named. */
  early = 0;
  #notBefore = 0;
  /** Progress messages that were sent minutes later, after an outage. */
  stale = 0;
  readonly took: { sid: string; reply: string; body: string }[] = [];
  directory: SenderOutage | null = null;
  /** The directory forgets reports, or cannot be reached at all. */
  isDeaf = false;
  isGone = false;

  constructor(channel: 'sms' | 'whatsapp' = 'sms') {
    super();
    if (channel === 'whatsapp') return;
    const { conversation } = this.state;
    this.state = {
      ...this.state,
      conversation: { ...conversation, address: '+15555550123', sender: '+15555550100', zone: 'Etc/UTC' },
    };
  }

  says(...words: string[]): void {
    for (const text of words) this.on({ type: 'notify', id: this.context().id(), kind: 'answer', text });
  }

  /** Moves time; timers, lanes and the directory do their work. */
  run(ms: number): this {
    const end = this.now + ms;
    for (let n = 0; ; n++) {
      if (n > 50_000) throw new Error('it spins');
      this.#lanes();
      const next = Math.min(
        findNextAlarm(this.state, this.now) ?? Number.POSITIVE_INFINITY,
        this.directory ? dueTimeOf({ ...this.directory, told: true }) : Number.POSITIVE_INFINITY,
      );
      if (next > end) break;
      this.now = Math.max(this.now, next);
      for (const timer of this.state.timers.filter((t) => t.dueAt <= this.now)) this.on({ type: 'timer', timer });
      this.on({ type: 'heartbeat' });
      this.#direct();
    }
    this.now = end;
    return this;
  }

  get order(): string[] {
    return this.took.map(({ body }) => body);
  }
  of(...states: Reply['state'][]): string[] {
    return this.state.replies.filter((r) => states.includes(r.state)).map((r) => r.body);
  }

  #lanes(): void {
    for (let n = 0; wantsSend(this.state, this.now); n++) {
      if (n > AT_ONCE_MAX) throw new Error('the send lane finds work without end');
      const doubted = findDueLookUp(this.state, this.now);
      if (doubted) this.#lookUp(doubted);
      else if (headOf(this.state)?.state === 'sending') this.on({ type: 'send-abandoned' });
      else {
        this.on({ type: 'send-begin' });
        const reply = headOf(this.state);
        if (reply?.state === 'sending') this.#send(reply);
      }
    }
    for (const cause of this.state.timers.filter((t) => t.kind === 'alert').map((t) => t.ref)) {
      this.causes.push(cause);
      this.on({ type: 'alert-raised', cause });
    }
    for (let n = 0; wantsOutage(this.state, this.now); n++) {
      if (n > AT_ONCE_MAX) throw new Error('the outage lane finds work without end');
      const news = findDueNews(this.state, this.now);
      const outage = outageOf(this.state);
      if (!news || !outage?.sender) throw new Error('news of nothing');
      if (this.isGone) {
        this.on({ type: 'outage-not-told' });
        continue;
      }
      const { sender, failure, code, since, notBefore } = outage;
      const times = { lastedMs: this.now - since, waitMs: Math.max(0, notBefore - this.now) };
      const report: OutageReport = { sender, conversation: 'C', news, failure, code, ...times };
      if (!this.isDeaf) this.directory = applyNews(this.directory, report, this.now, this.chance);
      if (!this.isDeaf && news !== 'refuses') this.directory = null;
      this.on({ type: 'outage-told', news });
    }
  }

  #direct(): void {
    const outage = this.directory;
    if (!outage || outage.nextAt > this.now) return;
    const word = isOutageOver(outage) ? 'back' : 'try';
    this.directory = word === 'back' ? null : { ...outage, prober: 'C', nextAt: this.now + PROBE_MAX_MS };
    const isHeard = outageOf(this.state)?.sender === outage.sender;
    this.on({ type: 'carrier-word', word, sender: outage.sender });
    if (!isHeard || headOf(this.state) === null) this.directory = null;
  }

  #send({ id, attempt, ...row }: Reply): void {
    const body = composeWords(this.state, { id, attempt, ...row }, this.context());
    this.requests.push({ at: this.now, body, what: 'send' });
    if (this.now < this.#notBefore) this.early++;
    if (row.kind === 'progress' && outageOf(this.state) && this.now - row.createdAt >= MINUTE) this.stale++;
    const named = { reply: id, attempt };
    const answer = [...this.odd].find(([words]) => body.endsWith(words))?.[1] ?? this.answers;
    const { retryAfterMs } = this;
    if (answer !== 'ok' && answer !== 'mute') this.#notBefore = this.now + (retryAfterMs ?? 0);
    if (answer === 'down') return void this.on({ type: 'send-unknown', ...named, retryAfterMs });
    if (answer === 'ok' || answer === 'mute') {
      const sid = `SM${this.took.length + 1}`;
      this.took.push({ sid, reply: id, body });
      if (answer === 'mute') return void this.on({ type: 'send-unknown', ...named });
      return void this.on({ type: 'send-accepted', ...named, sid });
    }
    this.on({ type: 'send-refused', ...named, code: CODES[answer] ?? 12345, failure: answer, retryAfterMs });
  }

  #lookUp(reply: Reply): void {
    this.requests.push({ at: this.now, body: reply.body, what: 'list' });
    if (this.listFails)
      return void this.on({
        type: 'reconcile-failed',
        reply: reply.id,
        reason: 'HTTP 503',
        retryAfterMs: this.retryAfterMs,
      });
    const sid = this.listLags ? undefined : this.took.find((t) => t.reply === reply.id)?.sid;
    const found: Found | null = sid === undefined ? null : { sid, status: null, errorCode: null, failure: null };
    this.on({ type: 'reconciled', reply: reply.id, found });
  }

  /** A callback says that the newest accepted message has failed. */
  fails(failure: Failure): void {
    const last = this.took.pop();
    const reply = this.state.replies.find((r) => r.id === last?.reply);
    if (!last || !reply) return;
    const of = { reply: last.reply, attempt: reply.attempt, sid: last.sid };
    this.on({ type: 'status', ...of, status: 'failed', errorCode: CODES[failure] ?? 0, failure });
  }
}

describe('refused for its rate, at once', () => {
  test('for 90 seconds with Retry-After 1: everything arrives, in order, after few tries', () => {
    const line = new Line();
    Object.assign(line, { answers: 'rate', retryAfterMs: SECOND });
    line.says('one', 'two', 'three');
    line.run(90 * SECOND);
    expect(line.requests.length).toBeLessThan(10);
    line.answers = 'ok';
    line.run(2 * MINUTE);
    expect(line.order).toEqual(['one', 'two', 'three']);
    expect(outageOf(line.state)).toBeNull();
    expect(line.state.timers).toEqual([]);
    expect(line.directory).toBeNull();
  });

  test.each([0, 0.999])('waits grow, are never shorter than Retry-After, and are spread (%d)', (chance) => {
    const line = new Line();
    Object.assign(line, { answers: 'rate', retryAfterMs: 20 * SECOND, chance });
    line.says('one');
    line.run(6 * HOUR);
    const waits = line.requests.map(({ at }, n) => at - (line.requests[n - 1]?.at ?? at)).slice(1);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(20 * SECOND);
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    const [least, most] = chance === 0 ? [15, 15] : [18, 19];
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(least * MINUTE);
    expect(Math.max(...waits)).toBeLessThanOrEqual(most * MINUTE);
    // The carrier may ask for a longer wait.
    line.retryAfterMs = 2 * HOUR;
    const from = line.requests.length;
    line.run(9 * HOUR);
    const long = line.requests.slice(from).map(({ at }, n) => at - (line.requests[from + n - 1]?.at ?? at));
    expect(Math.min(...long.slice(1))).toBeGreaterThanOrEqual(2 * HOUR);
  });

  test('a conversation that waits asks the carrier for nothing, and shows no typing', () => {
    const line = new Line('whatsapp');
    Object.assign(line, { answers: 'rate', listFails: true });
    line.says('one');
    line.run(9 * SECOND);
    expect(outageOf(line.state)).toMatchObject({ waits: true, tries: 3 });
    line.directory = { ...(line.directory as SenderOutage), nextAt: line.now + 30 * MINUTE };
    const asked = line.requests.length;
    line.text('look at it');
    const effects: string[] = [];
    for (let n = 0; n < 20; n++) {
      line.run(MINUTE);
      effects.push(...line.effects.map((effect) => effect.do));
    }
    expect(line.requests).toHaveLength(asked);
    expect(effects).not.toContain('typing');
  });

  test('a refusal of an earlier message for its content does not end the wait', () => {
    const line = new Line();
    line.says('one');
    line.run(MINUTE);
    line.answers = 'rate';
    line.says('two');
    line.run(9 * SECOND);
    const before = outageOf(line.state);
    expect(before).toMatchObject({ waits: true });
    line.fails('content');
    expect(outageOf(line.state)).toEqual(before);
  });

  test('while it waits, hardly anything wakes it', () => {
    const line = new Line();
    Object.assign(line, { answers: 'rate' });
    line.says('one');
    line.run(MINUTE);
    line.directory = null;
    expect(findNextAlarm(line.state, line.now)).toBeGreaterThan(line.now + 30 * MINUTE);
  });

  test('the directory hears of the third refusal in a row, and of no earlier one', () => {
    const line = new Line();
    line.answers = 'rate';
    line.says('one');
    for (let n = 0; line.directory === null && n < 600; n++) line.run(100);
    expect(line.requests.filter(({ what }) => what === 'send')).toHaveLength(OUTAGE_REFUSALS);
  });

  test('the receipt of old news leaves newer news to be told', () => {
    const line = new Line();
    line.answers = 'rate';
    line.says('one');
    line.run(MINUTE);
    const outage = outageOf(line.state);
    if (outage === null) throw new Error('no outage');
    const conversation = { ...line.state.conversation, outage: { ...outage, news: 'takes' as const } };
    const newer = { ...line.state, conversation };
    expect(onNewsTold(newer, 'refuses', line.context())).toBe(newer);
  });

  test('a word of the directory that is lost is asked for again', () => {
    const line = new Line();
    Object.assign(line, { answers: 'rate', isDeaf: true });
    line.says('one');
    line.run(MINUTE);
    Object.assign(line, { answers: 'ok', isDeaf: false });
    line.run(2 * HOUR);
    expect(line.order).toEqual([expect.stringMatching(/one$/)]);
  });
});

test.each([
  ['rate', 20, 40],
  // Each send may be a duplicate: in the end they are an hour apart.
  ['down', 5, 12],
])(
  'where the directory cannot be told, the conversation goes on by itself, ever more rarely (%s)',
  (answers, least, most) => {
    const line = new Line();
    Object.assign(line, { answers, isGone: true });
    line.says('one');
    line.run(6 * HOUR);
    const sends = line.requests.filter(({ what }) => what === 'send').length;
    expect(sends).toBeGreaterThan(least);
    expect(sends).toBeLessThan(most);
    line.answers = 'ok';
    line.run(90 * MINUTE);
    expect(line.order).toHaveLength(1);
    line.isGone = false;
    line.run(2 * HOUR);
    expect([outageOf(line.state), line.state.timers]).toEqual([null, []]);
  },
);

describe('for longer than a day', () => {
  test('it holds up nobody, the operator hears of it, and it is sent later with a line that says since when it was ready', () => {
    const line = new Line();
    line.now = Date.UTC(2026, 10, 21, 14, 5);
    line.answers = 'rate';
    line.says('one', 'two');
    line.run(25 * HOUR);
    expect([line.of('held'), line.of('ready')]).toEqual([['one'], ['two']]);
    expect(line.causes).toEqual(['reply-waits/20429']);
    line.answers = 'ok';
    line.run(HOUR);
    expect(line.order[0]).toContain('two');
    expect(line.order[1]).toBe('This was ready yesterday at 2:05 pm, but Twilio didn’t take it until now.\n\none');
    expect(line.state.timers).toEqual([]);
  });

  test('a single waiting reply leaves without help, too', () => {
    for (const answers of ['rate', 'down', 'pair', 'barred'] as const) {
      const line = new Line();
      line.answers = answers;
      line.says('one');
      line.run(26 * HOUR);
      expect(line.of('held')).toEqual(['one']);
      line.answers = 'ok';
      line.run(2 * HOUR);
      expect(line.order.join()).toMatch(/one$/);
    }
  });

  test('on WhatsApp the window is closed by then: it leaves when the person writes', () => {
    const line = new Line('whatsapp');
    line.text('/verbose');
    line.run(MINUTE);
    line.answers = 'rate';
    line.says('one');
    line.run(30 * HOUR);
    // Nothing can be sent, so nobody is asked anything.
    expect([outageOf(line.state), line.directory]).toEqual([null, null]);
    line.answers = 'ok';
    line.run(2 * HOUR);
    expect(line.of('held')).toEqual(['one']);
    line.text('/verbose');
    line.run(MINUTE);
    expect(line.order.at(-1)).toMatch(/^This was ready .*, but WhatsApp didn’t take it until now\.\n\none$/);
  });

  test('a reply that alone is not taken holds up the others for a day at most', () => {
    const line = new Line();
    line.odd.set('poison', 'down');
    line.says('poison');
    line.run(25 * HOUR);
    for (let n = 0; n < 5; n++) {
      line.says(`answer ${n}`);
      line.run(3 * HOUR);
      expect(line.order.at(-1)).toMatch(new RegExp(`answer ${n}$`));
    }
    // After a week of tries it is left to the operator.
    line.run(7 * 24 * HOUR);
    expect(line.of('parked')).toEqual(['poison']);
    expect(line.causes).toContain('held-too-long');
  });
});

test.each([false, true])(
  'a carrier that is away and says for how long is not asked sooner (its list, too: %s)',
  (listFails) => {
    const line = new Line();
    Object.assign(line, { answers: 'down', retryAfterMs: 30 * MINUTE, listFails });
    line.says('one');
    line.run(10 * HOUR);
    const asked = line.requests.filter(({ what }) => what === (listFails ? 'list' : 'send'));
    const waits = asked.map(({ at }, n) => at - (asked[n - 1]?.at ?? at)).slice(1);
    expect(waits.length).toBeGreaterThan(5);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(30 * MINUTE);
  },
);

test('an unknown outcome never ends by count, and is repeated ever more rarely', () => {
  const line = new Line();
  line.answers = 'down';
  line.says('one');
  line.run(20 * HOUR);
  const sends = line.requests.filter(({ what }) => what === 'send');
  expect(sends.length).toBeLessThan(30);
  expect(line.of('ready', 'unknown')).toEqual(['one']);
  line.answers = 'ok';
  line.run(2 * HOUR);
  expect(line.order).toHaveLength(1);
});

test('a reply that was accepted unnoticed is found before it is sent again', () => {
  const line = new Line();
  Object.assign(line, { answers: 'mute', listFails: true });
  line.says('one');
  line.run(5 * HOUR);
  Object.assign(line, { answers: 'ok', listFails: false });
  line.run(2 * HOUR);
  expect(line.took).toHaveLength(1);
});

test.each(['mute', 'down'] as const)(
  'refused, then without an answer (%s), then without a list, all within seconds: what waits leaves when the carrier is well',
  (answer) => {
    const line = new Line();
    Object.assign(line, { answers: 'rate', retryAfterMs: SECOND, listFails: true });
    line.says('one', 'two');
    line.run(SECOND);
    Object.assign(line, { answers: answer, retryAfterMs: null });
    line.run(5 * SECOND);
    Object.assign(line, { answers: 'ok', listFails: false });
    line.run(2 * MINUTE);
    expect(line.order).toEqual(['one', 'two']);
    expect(outageOf(line.state)).toBeNull();
    expect(line.state.timers).toEqual([]);
  },
);

test('a look-up of an earlier try is no try: when the carrier is well, the first that is called sends what waits', () => {
  const line = new Line();
  Object.assign(line, { answers: 'down', listFails: true });
  line.says('one', 'two');
  line.run(2 * MINUTE);
  Object.assign(line, { answers: 'ok', listFails: false });
  const called = (line.directory?.nextAt ?? 0) - line.now;
  expect(called).toBeGreaterThan(0);
  line.run(called + 5 * SECOND);
  expect(line.order).toEqual(['one', 'two']);
  expect(line.directory).toBeNull();
});

test('a reply that the list shows late is found before it is repeated', () => {
  const line = new Line();
  Object.assign(line, { answers: 'mute', listLags: true });
  line.says('one');
  line.run(30 * SECOND);
  line.answers = 'rate';
  line.run(10 * MINUTE);
  Object.assign(line, { answers: 'ok', listLags: false });
  line.run(HOUR);
  expect(line.took).toHaveLength(1);
});

test('old progress messages are dropped when the carrier is back; answers are not', () => {
  const line = new Line();
  line.says('one');
  line.run(SECOND);
  line.answers = 'rate';
  for (const kind of ['progress', 'notice', 'answer'] as const) {
    line.on({ type: 'notify', id: line.context().id(), kind, text: kind });
  }
  line.run(10 * MINUTE);
  line.answers = 'ok';
  line.run(30 * MINUTE);
  expect(line.order.map((body) => body.split('\n').at(-1))).toEqual(['one', 'notice', 'answer']);
  expect(line.of('dropped')).toEqual(['progress']);
});

test('a question that is over is dropped when the carrier is back, an open one is asked', () => {
  fc.assert(
    // In between it depends on the time of the next try.
    fc.property(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 10, max: 20 })), (minutes) => {
      const line = new Line();
      line.text('hello');
      line.taken();
      line.answers = 'rate';
      line.machine({ type: 'request', request_id: 'toolu_1', request: { kind: 'ask', question: 'Red?', options: [] } });
      // Ten minutes pass without a report.
      line.run(minutes * MINUTE);
      const isOpen = line.state.questions[0]?.state === 'open';
      expect(isOpen).toBe(minutes < 10);
      line.answers = 'ok';
      line.run(15 * MINUTE);
      expect(line.order.some((body) => body.endsWith('Red?'))).toBe(isOpen);
    }),
  );
});

test('a refusal of one reply is said, and the next leaves: nothing waits', () => {
  const refused = fc.array(fc.constantFrom(null, 'content' as const, 'other' as const), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(refused, (failures) => {
      const line = new Line();
      for (const [n, failure] of failures.entries()) if (failure) line.odd.set(`answer ${n};`, failure);
      line.says(...failures.map((_, n) => `answer ${n};`));
      line.run(30 * SECOND);
      const taken = failures.flatMap((failure, n) => (failure ? [] : [`answer ${n};`]));
      const said = failures.flatMap((failure) => (failure ? [texts.undelivered('answer', failure)] : []));
      expect(line.order).toEqual([...taken, ...said]);
    }),
  );
});

describe('whatever the carrier does', () => {
  const disturbance = fc.record({
    answers: fc.constantFrom<Answer>('ok', 'ok', 'rate', 'account', 'pair', 'barred', 'down', 'mute'),
    retryAfterMs: fc.constantFrom(null, SECOND, MINUTE),
    listFails: fc.boolean(),
    isDeaf: fc.constantFrom(false, false, true),
    isGone: fc.constantFrom(false, false, true),
    says: fc.nat(2),
    works: fc.boolean(),
    fails: fc.constantFrom(null, null, 'rate', 'pair', 'account' as const),
    ms: fc.constantFrom(0, 3 * SECOND, 20 * SECOND, 95 * SECOND, 10 * MINUTE, 2 * HOUR, 26 * HOUR),
    chance: fc.constantFrom(0, 0.5, 0.99),
  });

  test('no answer is lost, those that were not refused late or for a day arrive in order, and nothing leaves before its time or after', () => {
    fc.assert(
      fc.property(fc.array(disturbance, { minLength: 1, maxLength: 12 }), (steps) => {
        const line = new Line();
        let said = 0;
        let inOrder = true;
        for (const { says, works, fails, ms, ...rest } of steps) {
          Object.assign(line, rest);
          for (let n = 0; n < says; n++) line.says(`answer ${++said};`);
          if (works) line.on({ type: 'notify', id: line.context().id(), kind: 'progress', text: 'at work' });
          if (fails) line.fails(fails);
          line.run(ms);
          inOrder &&= fails === null && line.of('held').length === 0;
        }
        Object.assign(line, { answers: 'ok', listFails: false, isDeaf: false, isGone: false });
        line.run(3 * HOUR);
        const arrived = line.order.flatMap((body) => body.match(/(?<=answer )\d+(?=;)/g)?.map(Number) ?? []);
        const all = Array.from({ length: said }, (_, n) => n + 1);
        expect([...new Set(arrived)].sort((a, b) => a - b)).toEqual(all);
        if (inOrder) expect(arrived.filter((n, i) => arrived.indexOf(n) === i)).toEqual(all);
        expect(line.state.timers).toEqual([]);
        expect(line.directory).toBeNull();
        expect([line.early, line.stale]).toEqual([0, 0]);
      }),
      { seed: 20261122, numRuns: 60 },
    );
  });
});

describe('one address of ours, over all conversations', () => {
  const news = (conversation: string, of: Partial<OutageReport> = {}): OutageReport => ({
    sender: 'S',
    conversation,
    news: 'refuses',
    failure: 'rate',
    code: 20429,
    lastedMs: 10 * SECOND,
    waitMs: 0,
    ...of,
  });
  const next = (known: SenderOutage | null, report: OutageReport, now = 0): SenderOutage =>
    applyNews(known, report, now, 0) as SenderOutage;
  const begun = next(null, news('A'));
  const tried: SenderOutage = { ...begun, prober: 'A', nextAt: PROBE_MAX_MS };

  test('began when the first was refused; others who are refused change nothing but how long the carrier wants to be left', () => {
    expect(begun).toMatchObject({ beganAt: -10 * SECOND, probes: 0, prober: null });
    expect(next(begun, news('B'))).toEqual(begun);
    expect(next(begun, news('B', { waitMs: HOUR })).nextAt).toBe(HOUR);
    expect(next(tried, news('B', { waitMs: HOUR }))).toEqual(tried);
  });

  test('the operator hears of a refused account at once, of anything else when it lasts', () => {
    expect(tellAt({ ...begun, failure: 'account' })).toBe(begun.beganAt);
    expect(tellAt(begun)).toBeGreaterThan(begun.beganAt);
  });

  test('a failed try postpones the next; a conversation with nothing to send makes way at once', () => {
    const again = next(tried, news('A'), 1000);
    expect(again).toMatchObject({ probes: 1, prober: null });
    expect(again.nextAt - 1000).toBeGreaterThan(begun.nextAt);
    expect(next(tried, news('A', { news: 'leaves' }), 1000)).toMatchObject({ probes: 0, prober: null, nextAt: 1000 });
    expect(next(tried, news('B', { news: 'leaves' }), 1000)).toEqual(tried);
  });

  test('tries that were refused do not count as tries about which the carrier said nothing', () => {
    const codes = fc.array(fc.constantFrom(20429, null), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(codes, (answers) => {
        let outage = begun;
        let waited = 0;
        for (const [n, code] of answers.entries()) {
          outage = next({ ...outage, prober: 'A' }, news('A', { code, failure: code === null ? null : 'rate' }), 0);
          waited = outage.nextAt;
          const silent = answers
            .slice(0, n + 1)
            .toReversed()
            .findIndex((one) => one !== null);
          // An hour only after three silent ones in a row.
          if (code === null && silent >= 0 && silent <= 3) expect(waited).toBeLessThan(HOUR);
          if (code === null && silent === 1) expect(waited).toBe(MINUTE);
        }
      }),
    );
  });

  test('any accepted message ends it; a refusal meanwhile begins another', () => {
    const over = next(tried, news('B', { news: 'takes' }), 1000);
    expect(over).toMatchObject({ overAt: 1000, nextAt: 1000, prober: null });
    expect(next(over, news('A', { news: 'takes' }), 2000)).toEqual(over);
    expect(next(over, news('C'), 2000)).toMatchObject({ overAt: null, told: false, probes: 0 });
    expect(applyNews(null, news('C', { news: 'takes' }), 2000, 0)).toBeNull();
  });
});
