import type { Policy } from '../../../src/conversation/policy/policy.ts';
import { withNextTime, withNextTimer } from '../../../src/conversation/schedules/due.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import type { Run, Schedule } from '../../../src/conversation/state/schedule-rows.ts';
import type { Timer } from '../../../src/conversation/state/timers.ts';
import type { Rule } from '../../../src/recurrence/rule.ts';
import { Talk } from '../conversation.ts';
import { PLAIN } from './scheduled.ts';

// A conversation with schedules, in memory: reminders come when their timers fire, and reach the phone.

export const HOUR = 60 * 60_000;
export const DAY = 24 * HOUR;
/** 8:00 in Berlin, on a Monday. */
export const MORNING = Date.UTC(2026, 10, 23, 7);

export const cron = (fields: string): Rule => ({ kind: 'cron', cron: fields });
export const once = (at: number): Rule => ({ kind: 'once', at });

export class Reminded extends Talk {
  constructor(choices: Partial<Policy> = {}) {
    super(0, choices);
    this.now = MORNING;
    this.choose({ zone: 'Europe/Berlin' });
  }

  choose(change: Partial<Reminded['state']['conversation']>): void {
    this.state = { ...this.state, conversation: { ...this.state.conversation, ...change } };
  }

  /** A new schedule; by default a reminder every day at nine. */
  has(change: Partial<Schedule> = {}): number {
    const id = this.state.schedules.length + 1;
    const made: Schedule = {
      ...PLAIN,
      id,
      kind: 'text',
      prompt: `words ${id}`,
      zone: 'Europe/Berlin',
      nextAt: null,
      createdAt: this.now,
      ...change,
    };
    this.state = withNextTimer(this.state, withNextTime(made, this.now));
    return id;
  }

  schedule(id = 1): Schedule {
    const found = this.state.schedules.find((s) => s.id === id);
    if (!found) throw new Error(`no schedule ${id}`);
    return found;
  }

  timer(kind: Timer['kind'], ref = ''): Timer | undefined {
    return this.state.timers.find((t) => t.kind === kind && t.ref === ref);
  }

  /** Fires a schedule's timer at its time. */
  comes(id = 1, kind: 'schedule' | 'snooze' = 'schedule'): Run {
    const timer = this.timer(kind, `${id}`);
    if (!timer) throw new Error(`schedule ${id} has no timer ${kind}`);
    this.now = Math.max(this.now, timer.dueAt);
    this.on({ type: 'timer', timer });
    const run = this.state.runs.at(-1);
    if (!run) throw new Error('no run');
    return run;
  }

  /** Delivers the ready replies and returns them. */
  arrives(): string[] {
    const ready = this.state.replies.filter((r) => r.state === 'ready');
    const there = (r: Reply): Reply => (ready.includes(r) ? { ...r, state: 'delivered', sid: `SM${r.id}` } : r);
    this.state = { ...this.state, replies: this.state.replies.map(there) };
    return ready.map((r) => r.body);
  }

  /** Fires the reminder and delivers it. */
  reminds(id = 1, kind: 'schedule' | 'snooze' = 'schedule'): Run {
    const run = this.comes(id, kind);
    this.arrives();
    return run;
  }

  /** The reply that is on the phone. */
  bubble(run: Run): Reply {
    const reply = this.state.replies.find((r) => r.run === run.id && r.state !== 'replaced');
    if (!reply) throw new Error('the reminder is not on the phone');
    return reply;
  }

  run(id: string): Run {
    const found = this.state.runs.find((r) => r.id === id);
    if (!found) throw new Error(`no run ${id}`);
    return found;
  }
}
