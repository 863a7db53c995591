import { describe, expect, test } from 'vitest';
import { countFigures } from '../../../src/conversation/overview/count-figures.ts';
import { readWords, summaryOf } from '../../../src/conversation/overview/summary.ts';
import { moneyOf, OTHER, rankOf, withModel } from '../../../src/conversation/overview/sums.ts';
import type { Event } from '../../../src/conversation/state/events.ts';
import { emptyDay } from '../../../src/conversation/state/figures.ts';
import type { State } from '../../../src/conversation/state/state.ts';
import { DAY, MINUTE } from '../../../src/units.ts';
import { Talk } from '../conversation.ts';
import { MONDAY } from '../schedules/scheduled.ts';

// What a conversation counts of its days, and what it tells the overview.

class Counted extends Talk {
  day = '2026-11-23';
  override now = MONDAY;

  override on(event: Event): State {
    const before = this.state;
    this.state = countFigures(before, super.on(event), {
      day: this.day,
      waits: { typing: 30, agent: 200, words: 900 },
    });
    return this.state;
  }

  get days() {
    return this.state.conversation.figures.days;
  }

  get summary() {
    return summaryOf(this.state, { ...this.context(), id: 'ab', ahead: DAY });
  }

  spend(model: string, micros: number, id = `${model} ${micros}`): void {
    const { turn } = this.attempt;
    const request = { id, turn, project: 'main', model, reserve: 5, at: this.now };
    this.on({ type: 'model-asked', request });
    this.on({ type: 'model-answered', report: { id, micros, output: 1 } });
  }

  begin(): this {
    this.text('work');
    this.taken();
    return this;
  }
}

describe('the figures of a day', () => {
  test('have a turn once, with its waits and what each model cost', () => {
    const talk = new Counted().begin();
    const [message] = talk.state.messages;
    talk.spend('claude-opus-5', 700);
    talk.spend('claude-haiku-5', 20);
    if (message) talk.answer('done', message);
    expect(talk.days).toMatchObject([
      { day: '2026-11-23', turns: 1, failed: 0, models: { 'claude-opus-5': 700, 'claude-haiku-5': 20 } },
    ]);
    const waits = Object.values(talk.days[0]?.waits ?? {}).map((each) => Object.values(each));
    expect(waits).toEqual([[1], [1], [1]]);
    expect(talk.days.map(moneyOf)).toEqual([720]);
  });

  test('say that the last turn failed until there are words again', () => {
    const talk = new Counted().begin();
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'broken' });
    expect(talk.days).toMatchObject([{ turns: 1, failed: 1 }]);
    expect(talk.summary.attention).toBe('failing');
    talk.begin();
    expect(talk.summary.attention).toBe('failing');
    const message = talk.state.messages.find(({ state }) => state === 'active');
    if (message) talk.answer('done', message);
    expect(talk.summary.attention).toBeNull();
    expect(talk.days).toMatchObject([{ turns: 2, failed: 1 }]);
  });

  test('of the two newest days are kept', () => {
    const talk = new Counted().begin();
    for (const day of ['2026-11-23', '2026-11-24', '2026-11-25']) {
      talk.day = day;
      talk.spend('claude-opus-5', 10, day);
    }
    expect(talk.days.map((each) => each.day)).toEqual(['2026-11-25', '2026-11-24']);
  });

  test('change nothing when nothing is counted', () => {
    const talk = new Counted();
    const { figures } = talk.state.conversation;
    talk.text('/help');
    expect(talk.state.conversation.figures).toBe(figures);
  });

  test('name twenty models, and count others together', () => {
    const names = Array.from({ length: 30 }, (_, n) => `model-${n}`);
    const models = names.reduce((all, name) => withModel(all, name, 1), emptyDay('').models);
    expect(Object.keys(models)).toHaveLength(21);
    expect(models[OTHER]).toBe(10);
    expect(withModel({}, '__proto__', 3)).toMatchObject({});
  });
});

describe('the summary', () => {
  test('has the work that is not over, in real time, and no words', () => {
    const talk = new Counted().begin();
    talk.text('a second text');
    const { live, queue, attention, person } = talk.summary;
    expect(live).toMatchObject({ state: 'running', attempt: 1, since: MONDAY - DAY });
    expect({ queue, attention, masked: person.masked }).toEqual({
      queue: 1,
      attention: null,
      masked: 'WhatsApp …0123',
    });
    expect(Object.values(talk.summary).map(String).join()).not.toContain('second');
  });

  test('says since when a machine that doesn’t answer holds up the work', () => {
    const talk = new Counted().begin();
    const [turn] = talk.state.turns;
    if (turn) talk.state = { ...talk.state, turns: [{ ...turn, unreachableSince: MONDAY }] };
    expect(talk.summary.attention).toBeNull();
    talk.now += 5 * MINUTE + 1;
    expect(talk.summary.attention).toBe('stuck');
  });

  test('changes its fingerprint with the next time of a schedule', () => {
    const talk = new Counted();
    expect(talk.summary.plans).toBe('');
    const of = (dueAt: number): string => {
      talk.state = { ...talk.state, timers: [{ kind: 'schedule', ref: '1', dueAt, attempts: 0 }] };
      return talk.summary.plans;
    };
    expect(of(1)).not.toBe(of(2));
    expect(of(1)).toBe(of(1));
  });
});

test('people are ordered by what they cost in steps of a fifth', () => {
  expect([0, 999_999, 1_000_000, 1_190_000, 2_000_000].map(rankOf)).toEqual([0, 0, 1, 2, 5]);
});

test('names become a few short words', () => {
  expect(readWords('Ana-María O’Neil <b>ΑΒΓ</b>')).toEqual(['ana', 'maría', 'o', 'neil', 'b', 'αβγ']);
  expect(readWords(`${'x'.repeat(100_000)}`)).toEqual(['x'.repeat(32)]);
  expect(readWords(Array.from({ length: 100 }, (_, n) => `w${n}`).join(' '))).toHaveLength(8);
});
