import type { Policy } from '../../../src/conversation/policy/policy.ts';
import { startRun, withNextTime, withNextTimer } from '../../../src/conversation/schedules/due.ts';
import type { Failure } from '../../../src/conversation/state/failure.ts';
import type { Message, Reply, ReplyState } from '../../../src/conversation/state/rows.ts';
import type { Run, Schedule } from '../../../src/conversation/state/schedule-rows.ts';
import type { Timer } from '../../../src/conversation/state/timers.ts';
import type { Rule } from '../../../src/recurrence/rule.ts';
import { Talk } from '../conversation.ts';

// A conversation with schedules, in memory: tests add them as rows, fire them, and hand their words to a carrier that
// answers as the test says.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday. */
export const MONDAY = Date.UTC(2026, 10, 16);
export const every = (minutes: number, anchor = MONDAY): Rule => ({
  kind: 'interval',
  every: minutes,
  unit: 'minutes',
  anchor,
});
export const cron = (fields: string): Rule => ({ kind: 'cron', cron: fields });
export const once = (at: number): Rule => ({ kind: 'once', at });

/** A schedule with the usual values. */
export const PLAIN: Omit<Schedule, 'id' | 'createdAt' | 'nextAt'> = {
  kind: 'agent',
  project: 'main',
  prompt: 'standup from the commits',
  rule: cron('0 9 * * *'),
  zone: 'Etc/UTC',
  holidays: null,
  skips: [],
  isolated: false,
  overlap: 'skip',
  checkCommand: null,
  standup: false,
  recipients: [],
  state: 'active',
  pausedBy: null,
  resumeAt: null,
  failures: 0,
  heldRuns: 0,
  toldWindow: false,
  deliveredAt: null,
};

export class Scheduled extends Talk {
  #sids = 0;

  constructor(choices: Partial<Policy> = {}) {
    super(0, choices);
    this.now = MONDAY + 8 * HOUR;
  }

  /** Adds a schedule, as if just created. */
  add(change: Partial<Schedule> = {}): number {
    const id = this.state.schedules.length + 1;
    const made = { ...PLAIN, id, createdAt: this.now, nextAt: null, ...change };
    this.state = withNextTimer(this.state, withNextTime(made, this.now));
    return id;
  }

  change(id: number, change: Partial<Schedule>): void {
    this.state = withNextTimer(this.state, { ...this.schedule(id), ...change });
  }

  schedule(id = 1): Schedule {
    const found = this.state.schedules.find((s) => s.id === id);
    if (!found) throw new Error(`no schedule ${id}`);
    return found;
  }

  get runs(): readonly Run[] {
    return this.state.runs;
  }

  /** The newest run of a schedule. */
  run(id = 1): Run {
    const found = this.state.runs.filter((r) => r.schedule === id).at(-1);
    if (!found) throw new Error(`no run of schedule ${id}`);
    return found;
  }

  get outcomes(): string[] {
    return this.state.runs.map((r) => (r.note === null ? r.state : `${r.state} ${r.note}`));
  }

  timer(kind: Timer['kind'], ref?: string): Timer | undefined {
    return this.state.timers.find((t) => t.kind === kind && (ref === undefined || t.ref === ref));
  }

  /** Fires a schedule's timer, `late` after its time. */
  due(id = 1, late = 0): void {
    const timer = this.timer('schedule', `${id}`);
    if (!timer) throw new Error(`schedule ${id} has no timer`);
    this.now = Math.max(this.now, timer.dueAt + late);
    this.on({ type: 'timer', timer });
  }

  /** A manual run, outside the rule. */
  runNow(id = 1): void {
    this.state = startRun(this.state, this.schedule(id), this.now, this.context()).state;
  }

  get task(): Message {
    const active = this.state.messages.find((m) => m.state === 'active' && m.run !== null);
    if (!active) throw new Error('no run is at work');
    return active;
  }

  /** The agent answers in the active run and ends its turn. */
  reports(text: string): void {
    this.taken();
    this.answer(text, this.task);
  }

  /** The agent's turn fails. */
  breaks(): void {
    this.taken();
    const uuids = [this.task.uuid];
    this.machine({ type: 'result', text: 'API Error: 500', is_error: true, user_message_uuids: uuids, cost_usd: 0 });
    this.machine({ type: 'ended', outcome: 'done', reason: '' });
  }

  /** Sends every reply that can be sent now; the carrier accepts each. */
  leave(): Reply[] {
    const taken: Reply[] = [];
    for (let n = 0; ; n++) {
      if (n > 500) throw new Error('there is always another reply to send');
      const { paceUntil } = this.state.conversation;
      this.now = Math.max(this.now, paceUntil, this.timer('send')?.dueAt ?? 0);
      const before = this.state;
      this.on({ type: 'send-begin' });
      const sending = this.state.replies.find((r) => r.state === 'sending');
      if (sending) {
        const { id: reply, attempt } = sending;
        this.on({ type: 'send-accepted', reply, attempt, sid: `SM${++this.#sids}` });
        taken.push(sending);
      } else if (this.state === before) return taken;
    }
  }

  status(
    { id }: Pick<Reply, 'id'>,
    status: ReplyState,
    code: number | null = null,
    failure: Failure | null = null,
  ): void {
    const { sid, attempt } = this.state.replies.find((r) => r.id === id) as Reply;
    this.on({ type: 'status', reply: id, attempt, sid: sid ?? '', status, errorCode: code, failure });
  }

  /** Sends every sendable reply and delivers it. */
  deliver(): Reply[] {
    const taken = this.leave();
    for (const reply of taken) this.status(reply, 'delivered');
    return taken;
  }
}
