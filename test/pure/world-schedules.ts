import { asResumed, withNextTime, withNextTimer } from '../../src/conversation/schedules/due.ts';
import type { Schedule } from '../../src/conversation/state/schedule-rows.ts';
import { PLAIN } from './schedules/scheduled.ts';
import type { World } from './world.ts';

// Schedules of the closed world: made, paused, resumed and ended as rows.

const HOUR = 60 * 60_000;
const AT_ONCE_MAX = 3;
const EVER_MAX = 8;

export class Schedules {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Another schedule; there are only a few at a time. */
  plan(made: Pick<Schedule, 'kind' | 'rule' | 'overlap' | 'isolated'>): void {
    const { rows, now } = this.#world;
    const id = rows.all.schedules.length + 1;
    const isFull = rows.all.schedules.filter((s) => s.state !== 'over').length >= AT_ONCE_MAX;
    if (isFull || id > EVER_MAX) return;
    const schedule: Schedule = { ...PLAIN, ...made, id, prompt: `task ${id};`, createdAt: now, nextAt: null };
    this.#world.edit((all) => withNextTimer(all, withNextTime(schedule, now)));
  }

  /** Pauses, resumes or ends a schedule, depending on its row. */
  alter(index: number, to: 'paused' | 'active' | 'over'): void {
    const { rows, now } = this.#world;
    const live = rows.all.schedules.filter((s) => s.state !== 'over');
    const schedule = live[index % Math.max(1, live.length)];
    if (!schedule || schedule.state === to) return;
    const resumeAt = to === 'paused' ? now + HOUR : null;
    const paused = { ...schedule, state: to, pausedBy: 'person', resumeAt } as const;
    this.#world.edit((all) => withNextTimer(all, to === 'active' ? asResumed(schedule, now) : paused));
  }

  endAll(): void {
    const { length } = this.#world.rows.all.schedules;
    for (let n = 0; n < length; n++) this.alter(0, 'over');
  }
}
