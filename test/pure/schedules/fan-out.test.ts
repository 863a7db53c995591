import { describe, expect, test } from 'vitest';
import { GIVE_RETRY_MS, GIVEN_UNHEARD_MS, REPORT_TRIES_MAX } from '../../../src/conversation/policy/schedules.ts';
import { groupByRecipient, summariseDeliveries } from '../../../src/conversation/schedules/fan-out.ts';
import { outcomeOfGiven, reportOf } from '../../../src/conversation/schedules/received-runs.ts';
import type { Context, Effect, Event } from '../../../src/conversation/state/events.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import type { Delivery, GivenRun, Run, Schedule } from '../../../src/conversation/state/schedule-rows.ts';
import { newRun } from '../../../src/conversation/state/schedules.ts';
import { newConversation } from '../../../src/conversation/state/state.ts';
import { ADDRESS, afterReading, Talk } from '../conversation.ts';

// A run for several people: the rows in the owner's conversation and in a recipient's, and the reports between them.

const OWNER = ADDRESS;
const ANNA = 'whatsapp:+15555550131';
const BEN = 'whatsapp:+15555550132';
const HOUR = 3_600_000;
const number = (address: string): string => address.replace('whatsapp:', '');

/** People who may not write, and people who are no operators, in this test. */
class Person extends Talk {
  refused: string[] = [];
  noOperators: string[] = [];

  constructor(address: string) {
    super();
    this.state = { ...this.state, conversation: newConversation(address, this.state.conversation.sender) };
  }

  override context(): Context {
    const isAllowed = (who: string): boolean => !this.refused.includes(who);
    const isAdmin = (who: string): boolean => !this.noOperators.includes(who) && who === number(OWNER);
    return { ...super.context(), isAllowed, isAdmin };
  }

  calls(kind: 'deliver' | 'report'): Effect[] {
    return this.effects.filter((e) => e.do === kind);
  }
}

const schedule = (recipients: string[], change: Partial<Schedule> = {}): Schedule => ({
  id: 2,
  kind: 'text',
  project: 'main',
  prompt: 'Bins out',
  rule: { kind: 'interval', every: 60, unit: 'minutes', anchor: 1_000_000 },
  zone: 'Europe/Berlin',
  holidays: null,
  skips: [],
  isolated: false,
  overlap: 'skip',
  checkCommand: null,
  standup: false,
  recipients,
  state: 'active',
  pausedBy: null,
  resumeAt: null,
  nextAt: 1_000_000,
  failures: 0,
  heldRuns: 0,
  toldWindow: false,
  deliveredAt: null,
  createdAt: 0,
  ...change,
});

function owner(recipients: string[], change: Partial<Schedule> = {}): Person {
  const person = new Person(OWNER);
  const row = schedule(recipients, change);
  const timer = { kind: 'schedule', ref: '2', dueAt: person.now, attempts: 0 } as const;
  person.state = { ...person.state, schedules: [row], timers: [timer] };
  return person;
}

/** The reminder is due. */
function due(recipients: string[], change: Partial<Schedule> = {}, prepare = (_: Person): void => undefined): Person {
  const person = owner(recipients, change);
  prepare(person);
  person.fire('schedule');
  return person;
}

/** The agent's schedule is due and its turn runs. */
function atWork(recipients: string[]): Person {
  const person = owner(recipients, { kind: 'agent', prompt: 'What is new?' });
  person.fire('schedule');
  person.taken();
  return person;
}
const result = (person: Person, text: string, of: readonly { uuid: string }[] = person.state.messages): unknown =>
  person.machine({ type: 'result', text, is_error: false, user_message_uuids: of.map((m) => m.uuid), cost_usd: 0 });

const given = (person: Person, address: string): Delivery[] =>
  person.state.deliveries.filter((d) => d.address === address);
const states = (person: Person): string => person.state.deliveries.map((d) => d.state).join(' ');
const onlyRun = (person: Person): Run => person.state.runs[0] as Run;
const timers = (person: Person, kind: string): number => person.state.timers.filter((t) => t.kind === kind).length;

type Words = { part?: number; state?: Delivery['state']; note?: Delivery['note']; code?: number | null };
function taken(person: Person, address: string, words: Words = {}): void {
  const { id: run } = onlyRun(person);
  const became = { part: 0, state: 'given', note: null, code: null, ...words } as const;
  person.on({ type: 'run-taken', run, address, ...became });
}
function reported(person: Person, address: string, state: Delivery['state'], more: { parts?: number } = {}): void {
  const run = onlyRun(person).id;
  const told = { note: state === 'failed' ? ('undelivered' as const) : null, code: state === 'failed' ? 63024 : null };
  person.on({ type: 'run-reported', run, address, state, parts: 1, ...told, ...more });
}

describe('a run that has words', () => {
  test('is a row and a call for each of the others, and no copy for an owner who is not named', () => {
    const person = due([number(ANNA), number(BEN)]);
    expect(person.state.deliveries.map(({ address, state, text, part }) => [address, state, text, part])).toEqual([
      [ANNA, 'waiting', 'Bins out', 0],
      [BEN, 'waiting', 'Bins out', 0],
    ]);
    const run = onlyRun(person).id;
    expect(person.calls('deliver')).toEqual([ANNA, BEN].map((address) => ({ do: 'deliver', run, address })));
    expect(person.state.replies).toEqual([]);
    expect(person.state.conversation.reminded).toBeNull();
    expect(onlyRun(person).state).toBe('sending');
  });

  test.each([
    ['me', ['me', number(ANNA)]],
    ['their own number', [number(OWNER), number(ANNA)]],
  ])('is told the owner as well who is named as %s', (_, recipients) => {
    const person = due(recipients);
    expect(person.bodies).toEqual(['Bins out']);
    expect(person.state.deliveries.map((d) => d.address)).toEqual([ANNA]);
  });

  test('goes to the owner alone when nobody is named, and to each once', () => {
    expect(due([]).state.deliveries).toEqual([]);
    expect(due([]).bodies).toEqual(['Bins out']);
    expect(due([number(ANNA), number(ANNA)]).state.deliveries).toHaveLength(1);
  });

  test.each([
    ['+5215512345678', '+525512345678'],
    ['+551187654321', '+5511987654321'],
    ['+5491123456789', '+541123456789'],
  ])('goes once to whoever is named in both spellings of their number (%s, %s)', (one, other) => {
    expect(due([one, other, number(ANNA)]).state.deliveries.map((d) => d.address)).toEqual([`whatsapp:${one}`, ANNA]);
    const person = new Person(`whatsapp:${one}`);
    const timer = { kind: 'schedule', ref: '2', dueAt: person.now, attempts: 0 } as const;
    person.state = { ...person.state, schedules: [schedule([other])], timers: [timer] };
    person.fire('schedule');
    expect([person.bodies, person.state.deliveries]).toEqual([['Bins out'], []]);
  });

  test('of the agent: each of its answers is given, what it says on the way is the owner’s alone', () => {
    const person = atWork([number(ANNA)]);
    const request = { kind: 'send_message', text: 'on the way' } as const;
    person.machine({ type: 'request', request_id: 'R1', request });
    expect(person.bodies).toEqual(['on the way']);
    result(person, 'First\n\nand more');
    result(person, 'Second', []);
    expect(person.bodies).toEqual(['on the way']);
    expect(given(person, ANNA).map(({ part, text }) => [part, text])).toEqual([
      [0, 'First\n\nand more'],
      [1, 'Second'],
    ]);
    // One call at a time: the second follows the answer to the first.
    expect(timers(person, 'deliver')).toBe(1);
    expect(person.calls('deliver')).toEqual([]);
    taken(person, ANNA);
    expect(person.calls('deliver')).toHaveLength(1);
    taken(person, ANNA, { part: 1 });
    expect(states(person)).toBe('given given');
    expect(person.calls('deliver')).toEqual([]);
  });

  test('nothing to report, and an agent that fails, are nothing to give', () => {
    const silent = atWork([number(ANNA)]);
    result(silent, 'Nothing to report.');
    expect(silent.state.deliveries).toEqual([]);
    expect(onlyRun(silent)).toMatchObject({ state: 'silent', note: 'nothing' });
    const failed = atWork([number(ANNA)]);
    const uuids = failed.state.messages.map((m) => m.uuid);
    failed.machine({ type: 'result', text: 'broke', is_error: true, user_message_uuids: uuids, cost_usd: 0 });
    expect(failed.state.deliveries).toEqual([]);
    expect(onlyRun(failed)).toMatchObject({ state: 'failed', note: 'agent' });
  });

  test('of the agent, while it waits: an answer of another turn that lists it changes nothing', () => {
    const person = owner([number(ANNA)], { kind: 'agent', prompt: 'What is new?' });
    person.text('work');
    person.taken();
    person.fire('schedule');
    result(person, 'Here it is');
    expect(person.state.messages.map((m) => m.state)).toEqual(['consumed', 'waiting']);
    expect(onlyRun(person).state).toBe('waiting');
    expect(person.state.deliveries).toEqual([]);
  });

  test('is cut at 64 KB, between characters', () => {
    const person = atWork([number(ANNA)]);
    result(person, '😀'.repeat(40_000));
    const text = given(person, ANNA)[0]?.text ?? '';
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(65_536);
    expect(text.isWellFormed()).toBe(true);
    expect(text).toMatch(/😀\n\n\(The rest was too long to send\.\)$/u);
  });
});

describe('the recipients’ answers in the owner’s conversation', () => {
  test('the words are kept until they are taken, and asked for again until then, ever more rarely, for a day', () => {
    const person = due([number(ANNA)]);
    const waits: number[] = [];
    const began = person.now;
    while (timers(person, 'deliver') > 0 && waits.length < 100) {
      const at = person.now;
      person.fire('deliver');
      waits.push(person.now - at);
      expect(person.calls('deliver')).toHaveLength(timers(person, 'deliver'));
    }
    expect(waits.slice(0, 5)).toEqual(GIVE_RETRY_MS.slice());
    expect(person.now - began).toBeGreaterThanOrEqual(24 * HOUR);
    expect(waits.length).toBeLessThan(40);
    expect(person.state.deliveries).toMatchObject([{ state: 'failed', note: 'unreachable', text: null }]);
    expect(onlyRun(person)).toMatchObject({ state: 'failed', note: 'undelivered' });
    expect(person.state.schedules[0]?.failures).toBe(1);
  });

  test('words that were taken and never reported on count as sent in the end, and nobody is called for it', () => {
    const person = due([number(ANNA)]);
    taken(person, ANNA, { state: 'given' });
    expect([onlyRun(person).state, person.calls('deliver')]).toEqual(['sending', []]);
    const began = person.now;
    person.fire('deliver');
    expect(person.now - began).toBe(GIVEN_UNHEARD_MS);
    expect([states(person), onlyRun(person).state, timers(person, 'deliver')]).toEqual(['sent', 'sent', 0]);
    expect(person.calls('deliver')).toEqual([]);
    reported(person, ANNA, 'delivered');
    expect([states(person), onlyRun(person).state]).toEqual(['delivered', 'delivered']);
  });

  test('an answer about another text than the one that is being given changes nothing', () => {
    const person = due([number(ANNA)]);
    const before = person.state;
    taken(person, ANNA, { part: 7 });
    expect(person.state).toEqual(before);
  });

  test('words that were taken are deleted here, and a late answer to an old call changes nothing', () => {
    const person = due([number(ANNA)]);
    taken(person, ANNA, { state: 'held' });
    expect(person.state.deliveries).toMatchObject([{ state: 'held', text: null }]);
    expect(onlyRun(person).state).toBe('held');
    const before = person.state;
    taken(person, ANNA, { state: 'given' });
    taken(person, BEN);
    taken(person, ANNA, { part: 7 });
    expect(person.state).toEqual(before);
  });

  test('nothing is given when the owner is no operator any more', () => {
    const person = due([number(ANNA)], {}, (p) => p.noOperators.push(number(OWNER)));
    expect(person.calls('deliver')).toEqual([]);
    expect(person.state.deliveries).toMatchObject([{ state: 'skipped', note: 'access', text: null }]);
    expect(onlyRun(person)).toMatchObject({ state: 'skipped', note: 'access' });
    expect(timers(person, 'deliver')).toBe(0);
  });

  test('access that goes while the call is repeated counts at that moment', () => {
    const person = due([number(ANNA), number(BEN)]);
    person.noOperators.push(number(OWNER));
    person.fire('deliver');
    expect(person.state.deliveries).toMatchObject([{ state: 'skipped', note: 'access' }, { state: 'waiting' }]);
  });

  test.each(['block', 'lock'] as const)('nothing more is given after a %s of the owner', (to) => {
    const person = due([number(ANNA)]);
    person.on({ type: 'access', change: { to } });
    person.fire('deliver');
    expect(person.calls('deliver')).toEqual([]);
    expect(person.state.deliveries).toMatchObject([{ state: 'skipped', note: 'access', text: null }]);
  });

  test('the configuration’s list is not asked about the recipient: their home answers', () => {
    const person = due([number(ANNA)], {}, (p) => p.refused.push(number(ANNA)));
    expect(person.calls('deliver')).toHaveLength(1);
    taken(person, ANNA, { state: 'skipped', note: 'access' });
    expect(person.state.deliveries).toMatchObject([{ state: 'skipped', note: 'access', text: null }]);
    expect(onlyRun(person)).toMatchObject({ state: 'skipped', note: 'access' });
  });

  test('states go forward only, but for a late refusal and what an operator sends again', () => {
    const order = ['waiting', 'given', 'held', 'sent', 'delivered', 'failed', 'skipped'] as const;
    const after = order.slice(1).map((from) => {
      const became = order.slice(1).filter((to) => {
        const person = due([number(ANNA)]);
        taken(person, ANNA);
        const rows = person.state.deliveries.map((d) => ({ ...d, state: from }));
        person.state = { ...person.state, deliveries: rows };
        reported(person, ANNA, to);
        return to !== from && states(person) === to;
      });
      return `${from}: ${became.join(' ')}`;
    });
    expect(after).toEqual([
      'given: held sent delivered failed skipped',
      'held: sent delivered failed skipped',
      'sent: held delivered failed skipped',
      'delivered: ',
      'failed: sent delivered',
      'skipped: ',
    ]);
  });

  test('a report that is heard before the answer to the call is believed, and the next text is given', () => {
    const person = atWork([number(ANNA)]);
    result(person, 'First');
    result(person, 'Second', []);
    reported(person, ANNA, 'sent');
    expect(person.state.deliveries.map(({ state, text }) => [state, text])).toEqual([
      ['sent', null],
      ['waiting', 'Second'],
    ]);
    expect(person.calls('deliver')).toHaveLength(1);
    taken(person, ANNA);
    expect(states(person)).toBe('sent waiting');
    reported(person, ANNA, 'sent', { parts: 2 });
    expect(states(person)).toBe('sent sent');
    expect(timers(person, 'deliver')).toBe(0);
  });

  test('a report changes only what exists and is among the parts it speaks of', () => {
    const person = due([number(ANNA)]);
    const before = person.state;
    reported(person, ANNA, 'delivered', { parts: 0 });
    reported(person, BEN, 'delivered');
    person.on({
      type: 'run-reported',
      run: 'nobody’s',
      address: ANNA,
      state: 'delivered',
      note: null,
      code: null,
      parts: 1,
    });
    expect(person.state).toEqual(before);

    const agent = atWork([number(ANNA)]);
    result(agent, 'First');
    result(agent, 'Second', []);
    taken(agent, ANNA);
    taken(agent, ANNA, { part: 1 });
    reported(agent, ANNA, 'delivered', { parts: 1 });
    expect(states(agent)).toBe('delivered given');
    reported(agent, ANNA, 'delivered', { parts: 2 });
    expect(states(agent)).toBe('delivered delivered');
  });

  test('the first that arrives is the one a standup counts from, whatever becomes of the others', () => {
    const person = due([number(ANNA), number(BEN)]);
    for (const address of [ANNA, BEN]) taken(person, address);
    reported(person, BEN, 'held');
    expect(person.state.schedules[0]?.deliveredAt).toBeNull();
    reported(person, ANNA, 'delivered');
    expect(person.state.schedules[0]?.deliveredAt).toBe(onlyRun(person).startedAt);
    expect(onlyRun(person).state).toBe('held');
  });

  test('a run that reached nobody is one failure of its schedule, and one that arrives after all ends the row', () => {
    const person = due([number(ANNA), number(BEN)], { failures: 2 });
    for (const address of [ANNA, BEN]) taken(person, address);
    reported(person, ANNA, 'failed');
    expect(person.state.schedules[0]?.failures).toBe(2);
    reported(person, BEN, 'failed');
    reported(person, BEN, 'failed');
    expect(onlyRun(person)).toMatchObject({ state: 'failed', note: 'undelivered', code: 63024 });
    expect(person.state.schedules[0]?.failures).toBe(3);
    reported(person, BEN, 'delivered');
    expect(onlyRun(person)).toMatchObject({ state: 'delivered', note: null });
    expect(person.state.schedules[0]?.failures).toBe(0);
  });

  test('an owner who is not among the recipients hears once in a row that nobody could be reached', () => {
    const person = due([number(ANNA)]);
    taken(person, ANNA);
    reported(person, ANNA, 'failed');
    expect(person.bodies).toHaveLength(1);
    expect(person.bodies[0]).toContain('didn’t work: nobody it’s for could be reached.');
    const again = due([number(ANNA)], { failures: 1 });
    taken(again, ANNA);
    reported(again, ANNA, 'failed');
    expect(again.bodies).toEqual([]);
  });

  test('the owner hears once, when no recipient is left to try, that some could not be reached for a day', () => {
    const person = due(['me', number(ANNA), number(BEN), '+15555550133']);
    taken(person, ANNA);
    reported(person, ANNA, 'delivered');
    const own = person.bodies.length;
    const told = (): string[] => person.bodies.slice(own).filter((body) => body.includes('couldn’t reach'));
    for (let n = 0; n < 200 && person.state.deliveries.some((d) => d.state === 'waiting'); n++) {
      expect(told()).toEqual([]);
      person.fire('deliver');
    }
    expect(states(person)).toBe('delivered failed failed');
    expect(told()).toEqual([
      'I couldn’t reach +15555550132 and +15555550133 for a day, so they didn’t get schedule 2, “Bins out”. /run 2 does it again for everyone it’s for.',
    ]);
    reported(person, ANNA, 'delivered', { parts: 1 });
    expect(told()).toHaveLength(1);
  });

  test('the owner’s own words say how a run is that is for them too', () => {
    const person = due(['me', number(ANNA)]);
    taken(person, ANNA);
    reported(person, ANNA, 'failed');
    expect(onlyRun(person).state).toBe('sending');
    expect(states(person)).toBe('failed');
  });

  test('messages to the owner on the way say nothing about a run for others alone', () => {
    const person = atWork([number(ANNA)]);
    const request = { kind: 'send_message', text: 'on the way' } as const;
    person.machine({ type: 'request', request_id: 'R1', request });
    result(person, 'The words');
    taken(person, ANNA, { state: 'failed', note: 'undelivered', code: 63024 });
    expect(onlyRun(person)).toMatchObject({ state: 'failed', note: 'undelivered' });
    person.on({ type: 'send-begin' });
    const { id: reply, attempt } = person.reply();
    person.on({ type: 'send-accepted', reply, attempt, sid: 'SM1' });
    const delivered = { reply, attempt, sid: 'SM1', status: 'delivered', errorCode: null, failure: null } as const;
    person.on({ type: 'status', ...delivered });
    expect(person.reply().state).toBe('delivered');
    expect(onlyRun(person)).toMatchObject({ state: 'failed', note: 'undelivered' });
    expect(person.state.schedules[0]).toMatchObject({ failures: 1, deliveredAt: null });
  });

  test('the agent goes on after its first words were delivered: the run is at work until its turn ends', () => {
    const person = atWork([number(ANNA)]);
    result(person, 'First', []);
    taken(person, ANNA);
    reported(person, ANNA, 'delivered');
    expect(onlyRun(person).state).toBe('running');
    result(person, 'Nothing to report.');
    expect(onlyRun(person).state).toBe('delivered');
  });
});

describe('the state of a run for others', () => {
  const run = newRun('R', 2, 0);
  const row = (state: Delivery['state'], note: Delivery['note'] = null): Delivery => {
    const code = state === 'failed' ? 63024 : null;
    return { run: 'R', address: ANNA, part: 0, state, note, code, text: null, changedAt: 0 };
  };
  test.each([
    ['waiting delivered', 'sending', null],
    ['given sent', 'sending', null],
    ['given held', 'held', null],
    ['sent delivered', 'sent', null],
    ['delivered delivered', 'delivered', null],
    ['failed delivered', 'delivered', null],
    ['failed sent', 'sent', null],
    ['failed failed', 'failed', 'undelivered'],
    ['failed skipped', 'failed', 'undelivered'],
    ['skipped delivered', 'delivered', null],
  ] as const)('%s: %s', (rows, state, note) => {
    const all = rows.split(' ').map((is) => row(is as Delivery['state']));
    expect(summariseDeliveries(run, all, 5)).toMatchObject({ state, note });
  });
  test.each([
    [['access', 'newer'], 'newer'],
    [['access', 'opted-out'], 'opted-out'],
    [['access', 'access'], 'access'],
  ] as const)('all left out (%s): skipped, and why', (notes, note) => {
    const all = notes.map((because) => row('skipped', because));
    expect(summariseDeliveries(run, all, 5)).toEqual({ state: 'skipped', note, endedAt: 5 });
  });

  test('is told with a line per recipient: the text that is furthest behind', () => {
    const rows = [
      { ...row('delivered'), part: 0 },
      { ...row('held'), part: 1 },
      { ...row('sent'), address: BEN },
    ];
    expect(groupByRecipient(rows).map(({ address, state }) => [address, state])).toEqual([
      [ANNA, 'held'],
      [BEN, 'sent'],
    ]);
  });
});

describe('a recipient’s conversation', () => {
  const words = (change: Partial<GivenRun> = {}): GivenRun => ({
    address: ANNA,
    sender: 'whatsapp:+15555550100',
    owner: OWNER,
    run: '01R',
    schedule: 2,
    part: 0,
    text: 'Bins out',
    ...change,
  });
  const gives = (person: Person, change: Partial<GivenRun> = {}): void => {
    person.on({ type: 'run-given', ...words(change) });
  };
  const status = (person: Person, state: Reply['state'], errorCode: number | null = null, nth = 0): void => {
    const { id, attempt } = person.reply(nth);
    const failure = errorCode === 63016 ? ('window' as const) : ('recipient' as const);
    const event: Event = { type: 'status', reply: id, attempt, sid: `SM-${nth}`, status: state, errorCode, failure };
    person.on(event);
  };
  function sends(person: Person, nth = 0): void {
    person.now += 10_000;
    person.on({ type: 'send-begin' });
    const { id, attempt } = person.reply(nth);
    person.on({ type: 'send-accepted', reply: id, attempt, sid: `SM-${nth}` });
  }

  test('has the words once, below whose they are, and starts nothing', () => {
    const person = new Person(ANNA);
    gives(person);
    gives(person);
    expect(person.bodies).toEqual([`From ${number(OWNER)}’s schedule 2:`, 'Bins out']);
    expect(person.reply(1)).toMatchObject({ kind: 'answer', owner: OWNER, run: '01R', schedule: 2, turn: null });
    expect(person.state).toMatchObject({ messages: [], turns: [], runs: [], schedules: [], timers: [] });
    expect(outcomeOfGiven(afterReading(person.state, { rows: 'run', id: words().run }), words())).toMatchObject({
      state: 'given',
    });
    gives(person, { part: 1, text: 'And the paper' });
    expect(person.bodies).toHaveLength(4);
  });

  test.each<[string, (person: Person) => void, string]>([
    ['for somebody who may not write', (p) => p.refused.push(number(ANNA)), 'access'],
    [
      'for somebody who wants nothing',
      (p) => {
        p.state = { ...p.state, conversation: { ...p.state.conversation, optedOutAt: 1 } };
      },
      'opted-out',
    ],
  ])('takes no words %s', (_, prepare, note) => {
    const person = new Person(ANNA);
    prepare(person);
    gives(person);
    expect(person.bodies).toEqual([]);
    expect(outcomeOfGiven(afterReading(person.state, { rows: 'run', id: words().run }), words())).toEqual({
      state: 'skipped',
      note,
      code: null,
    });
  });

  test('takes no more than 64 KB', () => {
    const person = new Person(ANNA);
    gives(person, { text: 'é'.repeat(32_769) });
    expect(person.bodies).toEqual([]);
    gives(person, { text: 'é'.repeat(32_768) });
    expect(person.bodies).toHaveLength(2);
  });

  test('a repeat after it was held and let go takes nothing, and says what is known', () => {
    const person = new Person(ANNA);
    gives(person, { part: 1 });
    sends(person);
    status(person, 'failed', 63016);
    expect(
      outcomeOfGiven(afterReading(person.state, { rows: 'run', id: words().run }), words({ part: 1 })),
    ).toMatchObject({ state: 'held' });
    person.text('hello');
    const before = person.bodies.length;
    gives(person, { part: 1 });
    expect(person.bodies).toHaveLength(before);
    expect(
      outcomeOfGiven(afterReading(person.state, { rows: 'run', id: words().run }), words({ part: 1 })),
    ).toMatchObject({ state: 'given' });
  });

  test('tells the owner of each change once, one call at a time', () => {
    const person = new Person(ANNA);
    gives(person, { text: '' });
    expect(person.calls('report')).toEqual([]);
    sends(person);
    expect(person.calls('report')).toEqual([{ do: 'report', run: '01R', owner: OWNER }]);
    expect(reportOf(afterReading(person.state, { rows: 'run', id: words().run }), words())).toMatchObject({
      state: 'sent',
      parts: 1,
      address: ANNA,
    });
    status(person, 'delivered');
    expect(person.calls('report')).toEqual([]);
    person.on({ type: 'report-taken', run: '01R', owner: OWNER, state: 'sent' });
    expect(person.calls('report')).toHaveLength(1);
    expect(reportOf(afterReading(person.state, { rows: 'run', id: words().run }), words())).toMatchObject({
      state: 'delivered',
    });
    person.on({ type: 'report-taken', run: '01R', owner: OWNER, state: 'delivered' });
    expect(person.calls('report')).toEqual([]);
    expect(timers(person, 'report')).toBe(0);
    status(person, 'read');
    expect(person.calls('report')).toEqual([]);
  });

  test('tells it again until it is heard, and gives up after about a day', () => {
    const person = new Person(ANNA);
    gives(person, { text: '' });
    sends(person);
    const began = person.now;
    let calls = 0;
    while (timers(person, 'report') > 0 && calls < 100) {
      person.fire('report');
      calls += person.calls('report').length;
    }
    expect(calls).toBe(REPORT_TRIES_MAX - 1);
    expect((person.now - began) / HOUR).toBeGreaterThan(20);
  });

  test('of several messages the slowest one counts, and a refusal is reported with its code', () => {
    const person = new Person(ANNA);
    gives(person);
    sends(person, 0);
    expect(person.calls('report')).toEqual([]);
    sends(person, 1);
    expect(reportOf(afterReading(person.state, { rows: 'run', id: words().run }), words())).toMatchObject({
      state: 'sent',
    });
    status(person, 'delivered', null, 0);
    expect(reportOf(afterReading(person.state, { rows: 'run', id: words().run }), words())).toMatchObject({
      state: 'sent',
    });
    status(person, 'failed', 63024, 1);
    expect(reportOf(afterReading(person.state, { rows: 'run', id: words().run }), words())).toMatchObject({
      state: 'failed',
      note: 'undelivered',
      code: 63024,
    });
  });

  test('of one schedule of somebody only the newest is held; their own of the same number is another', () => {
    const person = new Person(ANNA);
    const other = 'whatsapp:+15555550199';
    const conversation = { ...person.state.conversation };
    const window = { sender: conversation.sender, lastInboundAt: 0, refusedAt: 1, nudgedAt: null, movedAt: null };
    person.state = { ...person.state, windows: [window] };
    for (const [run, who] of [
      ['01A', OWNER],
      ['01B', OWNER],
    ] as const) {
      gives(person, { run, owner: who, text: '' });
      person.now += 10_000;
      person.on({ type: 'send-begin' });
    }
    expect(person.state.replies.map((r) => `${r.run} ${r.state}`)).toEqual(['01A dropped', '01B held']);
    expect(
      reportOf(afterReading(person.state, { rows: 'run', id: '01A' }), { run: '01A', owner: OWNER }),
    ).toMatchObject({ state: 'skipped', note: 'newer' });
    expect(reportOf(afterReading(person.state, { rows: 'run', id: '01A' }), { run: '01A', owner: other })).toBeNull();
  });

  test('a text of theirs that quotes it goes to their agent as somebody else’s words', () => {
    const person = new Person(ANNA);
    gives(person, { text: '' });
    sends(person);
    const message = person.text('what is this?', 0, { quoted: 'SM-0' });
    const text = person.state.messages.find((m) => m.seq === message.seq)?.text;
    expect(text).toBe(
      `[The person replies to this automatic notice, which is not from you:]\n> From ${number(OWNER)}’s schedule 2:\n\nwhat is this?`,
    );
  });
});
