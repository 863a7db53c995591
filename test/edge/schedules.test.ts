import { beforeEach, describe, expect, test } from 'vitest';
import type { Answer, EventBody, ScheduleRequest } from '../../src/protocol/index.ts';
import { findNextAfter, listNextTimes } from '../../src/recurrence/occurrences.ts';
import { formatTime } from '../../src/recurrence/print/format.ts';
import type { Rule } from '../../src/recurrence/rule.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { newPerson, useOutside, vars } from './relay.ts';

// Every command and every tool of schedules once through the real object: the answer that leaves, and the rows afterwards.
// What is taken and what is refused is in test/pure/schedules/create.test.ts and schedule-commands.test.ts.

quiet();
const clock = useClock();
const world = useOutside();
const BERLIN = 'Europe/Berlin';
const said = texts.scheduleAnswers;
const DAY = 24 * 60 * 60_000;
const NINE: Rule = { kind: 'cron', cron: '0 9 * * *' };

beforeEach(() => {
  clock.freeze();
  // Noon tomorrow: hours away from every time of a schedule below.
  clock.move(Math.ceil(Date.now() / DAY) * DAY + DAY / 2 - Date.now());
  Object.assign(vars, { DEFAULT_TIMEZONE: BERLIN, ADMIN_SENDERS: '' });
});

type Row = { id: number; state: string; next_at: number | null; skips: string; recipients: string; prompt: string };
type RunRow = { schedule: number; due_at: number; state: string; note: string | null };

class Scheduling extends Person {
  /** The answer to a text; the object has started again before it. */
  async asks(text: string): Promise<string> {
    const before = (await this.replies()).length;
    await this.evicted();
    await this.says(text);
    const told = async (): Promise<string[]> => (await this.replies()).slice(before).map((r) => r.body);
    await this.outside.until(async () => (await told()).length > 0);
    return (await told()).join('\n\n');
  }

  schedules(): Promise<Row[]> {
    return this.rows('SELECT id, state, next_at, skips, recipients, prompt FROM schedules ORDER BY id');
  }

  runRows(): Promise<RunRow[]> {
    return this.rows('SELECT schedule, due_at, state, note FROM runs ORDER BY id');
  }

  /** The carrier accepts all messages, at its pace. */
  async hears(): Promise<void> {
    await this.outside.until(async () => {
      const waiting = (await this.replies()).some((r) => r.state === 'ready' || r.state === 'sending');
      if (waiting) {
        clock.move(1000);
        await this.ring();
      }
      return !waiting;
    });
  }

  /** The answer to the agent of the running turn. */
  async wishes(wish: ScheduleRequest): Promise<{ ok: boolean; text: string }> {
    const { attempt } = await this.started();
    const before = this.outside.answers.length;
    this.tells(attempt, { type: 'request', request_id: `r${before}`, request: { kind: 'schedule', wish } });
    const answer: Answer = (await this.outside.until(() => this.outside.answers[before])).answer;
    if (answer.kind !== 'done') throw new Error(`answered with ${answer.kind}`);
    return { ok: answer.ok, text: answer.text };
  }
}

const words = (at: number): string => formatTime(at, BERLIN, 12, Date.now());

describe('a command', () => {
  test('makes, shows, pauses, resumes, skips, runs and cancels, whatever restarts in between', async () => {
    const person = new Scheduling(world);
    const [first = 0, second = 0, third = 0] = listNextTimes(NINE, BERLIN, Date.now(), 3);
    expect(await person.asks('/schedule every day at 9am: what is new')).toContain(
      `Next: ${[first, second, third].map(words).join(' · ')}`,
    );
    expect(await person.schedules()).toMatchObject([{ id: 1, state: 'active', next_at: first, prompt: 'what is new' }]);
    expect(await person.timers()).toBe('schedule wake');

    expect(await person.asks('/schedules')).toContain(`1 · what is new\nevery day at 9 am · next ${words(first)}`);
    expect(await person.asks('/status')).toContain(`Next schedule: ${words(first)}`);
    expect(await person.asks('/schedules 1')).toContain('It hasn’t run yet.');

    expect(await person.asks('/pause 1')).toBe(said.paused(1, null, null));
    expect(await person.schedules()).toMatchObject([{ state: 'paused' }]);
    expect(await person.timers()).toBe('');
    expect(await person.asks('/resume 1')).toBe(said.resumed(1, words(first)));
    expect(await person.asks('/skip 1')).toBe(said.skipped(1, words(first), words(second)));
    expect(await person.schedules()).toMatchObject([{ state: 'active', next_at: second }]);

    expect(await person.asks('/remind every friday 5pm: timesheet')).toContain('Reminder 2: every Friday at 5 pm');
    expect(await person.asks('/run 2')).toBe('timesheet');
    const [run] = await person.runRows();
    expect(run).toMatchObject({ schedule: 2, due_at: Date.now() });
    await person.hears();
    expect(await person.runRows()).toMatchObject([{ state: 'sent' }]);
    expect(await person.asks('/schedules 2')).toContain(`${words(run?.due_at ?? 0)}: sent, on time`);

    expect(await person.asks('/cancel 1')).toBe(said.cancelled(1, false));
    expect(await person.schedules()).toMatchObject([{ id: 1, state: 'over', next_at: null }, { id: 2 }]);
    expect(await person.asks('/schedules')).not.toContain('what is new');
    expect(await person.asks('/standup 9am')).toContain('Schedule 3: every weekday at 9 am');
    expect(await person.timers()).toBe('schedule schedule wake');
    expect(person.outside.starts).toEqual([]);
  });

  test('runs an agent’s task; the next time stays, and a second run has to wait', async () => {
    const person = new Scheduling(world);
    await person.asks('/schedule every day at 9am: what is new');
    expect(await person.asks('/run 1')).toBe(said.running(1, false));
    const { texts: asked } = await person.started();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/what is new$/);
    expect(await person.asks('/run 1')).toBe(said.atWork(1));
    expect(await person.asks('/cancel 1')).toBe(said.cancelled(1, true));
    await person.answered(0, 'nothing new, but much to do');
    await person.hears();
    expect(await person.runRows()).toMatchObject([{ state: 'sent' }]);
    expect(await person.asks('/schedules 1')).toContain('It has ended.');
  });

  test('asks for the zone where nothing tells it, and is done then', async () => {
    Object.assign(vars, { DEFAULT_TIMEZONE: '' });
    const person = new Scheduling(world);
    expect(await person.asks('/remind every day at 9am: stretch')).toContain(texts.zones.which(true));
    expect(await person.schedules()).toEqual([]);
    await person.hears();
    expect(await person.asks('Berlin')).toContain('Berlin time (Europe/Berlin)');
    expect(await person.schedules()).toMatchObject([{ id: 1, next_at: findNextAfter(NINE, BERLIN, Date.now()) }]);
  });

  test('others get it from an operator alone', async () => {
    const person = new Scheduling(world);
    const other = newPerson().replace('whatsapp:', '');
    const text = `/remind every day at 9am for ${other}, me: stretch`;
    expect(await person.asks(text)).toBe(said.others);
    Object.assign(vars, { ADMIN_SENDERS: person.address.replace('whatsapp:', '') });
    expect(await person.asks(`/remind every day at 9am for +15555550666: stretch`)).toBe(said.others);
    expect(await person.asks(text)).toContain(`For ${other} and you.`);
    expect(await person.schedules()).toMatchObject([{ recipients: JSON.stringify([other, 'me']) }]);
  });

  test('by the number of another person’s schedule finds nothing', async () => {
    const [one, two] = [new Scheduling(world), new Scheduling(world)];
    await one.asks('/remind every day at 9am: stretch');
    for (const command of ['/schedules 1', '/pause 1', '/resume 1', '/skip 1', '/run 1', '/cancel 1']) {
      expect(await two.asks(command)).toBe(said.unknown(1, []));
    }
    expect(await one.schedules()).toMatchObject([{ state: 'active' }]);
  });
});

describe('a tool of the agent', () => {
  const STANDUP: ScheduleRequest = { op: 'create', does: 'agent', when: 'every day at 9am', text: 'standup' };

  test('makes, lists, changes, pauses, resumes, runs and cancels', async () => {
    const person = new Scheduling(world);
    await person.says('text me a standup every morning at 9');
    expect(await person.wishes(STANDUP)).toMatchObject({ ok: true });
    const [made] = await person.schedules();
    expect(made).toMatchObject({ id: 1, state: 'active', next_at: findNextAfter(NINE, BERLIN, Date.now()) });
    expect((await person.wishes({ op: 'list' })).text).toMatch(/^1 \(agent, in main\): every day at 9 am; next /);

    expect(await person.wishes({ op: 'update', id: 1, text: 'short standup' })).toMatchObject({ ok: true });
    expect(await person.schedules()).toEqual([{ ...made, prompt: 'short standup' }]);
    expect(await person.wishes({ op: 'pause', id: 1 })).toEqual({ ok: true, text: said.paused(1, null, null) });
    expect(await person.wishes({ op: 'resume', id: 1 })).toMatchObject({ ok: true });
    expect(await person.wishes({ op: 'run_now', id: 1 })).toEqual({ ok: true, text: said.running(1, true) });
    expect(await person.runRows()).toMatchObject([{ schedule: 1, state: 'waiting' }]);
    expect(await person.wishes({ op: 'cancel', id: 1 })).toEqual({ ok: true, text: said.cancelled(1, false) });
    expect(await person.runRows()).toMatchObject([{ state: 'skipped', note: 'stopped' }]);
    expect(await person.schedules()).toMatchObject([{ state: 'over', next_at: null }]);
    expect(await person.wishes({ op: 'cancel', id: 9 })).toEqual({ ok: false, text: said.toAgent.unknown(9) });
    // The agent tells the person; the relay says nothing of its own.
    expect(await person.replies()).toEqual([]);
  });

  test('two wishes that come at once both find their schedule, also one that is over', async () => {
    const person = new Scheduling(world);
    await person.asks('/remind every day at 9am: stretch');
    await person.asks('/remind every day at 10am: walk');
    await person.asks('/cancel 2');
    await person.says('please');
    const { attempt } = await person.started();
    const asks = (request_id: string, wish: ScheduleRequest): EventBody => ({
      type: 'request',
      request_id,
      request: { kind: 'schedule', wish },
    });
    // In one piece, so that the object decides about both with the rows it loaded once.
    person.outside.glue(attempt, 1, asks('b', { op: 'cancel', id: 9 }));
    person.tells(attempt, asks('a', { op: 'run_now', id: 2 }));
    await person.outside.until(() => person.outside.answers.length === 2);
    const answers = person.outside.answers.map(({ answer }) => (answer.kind === 'done' ? answer.ok : answer));
    expect(answers).toEqual([true, false]);
    expect(await person.runRows()).toMatchObject([{ schedule: 2 }]);
  });

  test('asked again after the machine was cut it makes no second one', async () => {
    const person = new Scheduling(world);
    await person.says('text me a standup every morning at 9');
    const first = await person.wishes(STANDUP);
    const { attempt } = await person.started();
    person.tells(attempt, { type: 'ended', outcome: 'interrupted', reason: 'cut' });
    await person.outside.until(async () => {
      await person.ring();
      return person.outside.starts.some((s) => s.attempt !== attempt);
    });
    await person.evicted();
    const again = await person.outside.until(async () => {
      await person.ring();
      return person.outside.attaches.find((a) => a.attempt !== attempt);
    });
    person.tells(again.attempt, { type: 'request', request_id: 'z', request: { kind: 'schedule', wish: STANDUP } });
    const given = await person.outside.until(() => person.outside.answers.find((a) => a.request === 'z'));
    expect(given.answer).toEqual({ kind: 'done', ...first });
    expect(await person.schedules()).toHaveLength(1);
  });
});
