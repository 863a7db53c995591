import { findNextAlarm } from '../../src/conversation/alarm.ts';
import { findDueAlerts, wantsAttach, wantsSend } from '../../src/conversation/lanes.ts';
import { wantsMachine } from '../../src/conversation/machine/readiness.ts';
import { waitsForCarrier } from '../../src/conversation/outbox/carrier-outage.ts';
import { headOf } from '../../src/conversation/outbox/replies.ts';
import { HEARTBEAT_MS } from '../../src/conversation/policy/turn.ts';
import { findOpenAttempt, findOpenTurn, type State } from '../../src/conversation/state/state.ts';
import type { Timer } from '../../src/conversation/state/timers.ts';
import type { World } from './world.ts';
import type { Rows } from './world-rows.ts';

// The rules for what is written: rows and their cache agree, and everything that waits has a wake-up.

export class RowRules {
  readonly #world: World;
  readonly #broken: (what: string) => never;

  constructor(world: World, broken: (what: string) => never) {
    this.#world = world;
    this.#broken = broken;
  }

  committed(rows: Rows, now: number): void {
    const state = rows.readHot();
    if (rows.hot) this.#compare(rows.hot, state);
    const turn = findOpenTurn(state);
    const attempt = findOpenAttempt(state);
    const has = (kind: Timer['kind'], ref?: string): boolean =>
      state.timers.some((t) => t.kind === kind && (ref === undefined || t.ref === ref));
    const waits = (is: boolean, what: string): void => {
      if (is) this.#broken(`${what}, and nothing will wake it`);
    };
    waits(turn !== null && !attempt && !has('attempt'), 'a turn is between attempts');
    waits(turn?.stopping != null && attempt?.state === 'running' && !has('stop'), 'a turn is being stopped');
    const isWaiting = state.messages.some((m) => m.state === 'waiting');
    waits(isWaiting && !turn && !has('gather'), 'a message waits');
    waits(state.messages.some((m) => m.state === 'active') && !turn, 'a message is active without a turn');
    const isLost = state.messages.some((m) => m.project !== null && !state.projects.some((p) => p.id === m.project));
    waits(isLost, 'a message is for a project that is archived');
    const steered = state.messages.find((m) => m.state === 'active' && m.steered && attempt && !has('steer', m.uuid));
    waits(steered !== undefined && !this.#world.machine.wasGiven(steered.uuid), 'a text is to be steered');
    const first = headOf(state);
    waits(first?.state === 'unknown' && !has('reconcile', first.id), 'a reply is of unknown fate');
    waits(state.replies.some((r) => r.state === 'held') && !has('held'), 'a reply is held');
    for (const { id, state: is, turn: of } of state.questions) {
      waits(is === 'open' && !has('question', id), 'a question is open');
      waits(is === 'answered' && !has('answer', id) && turn?.id !== of, 'an answer is not taken');
    }
    const wants = [wantsAttach, wantsSend, wantsMachine];
    const isWanted = wants.some((wanted) => wanted(state, now)) || findDueAlerts(state, now).length > 0;
    const isSomething = isWanted || turn !== null || isWaiting || first !== null || state.timers.length > 0;
    const wanted = findNextAlarm(state, now);
    waits(isSomething && wanted === null, 'something is wanted');
    waits(wanted !== null && (this.#world.alarmAt ?? Number.POSITIVE_INFINITY) > wanted, 'an alarm is wanted');
    const isAsked = ({ kind }: Timer): boolean => kind !== 'reconcile' || !waitsForCarrier(state);
    const soonest = Math.min(...state.timers.filter(isAsked).map(({ dueAt }) => dueAt));
    const latest = Math.max(soonest, now + HEARTBEAT_MS);
    waits((this.#world.alarmAt ?? Number.POSITIVE_INFINITY) > latest, 'a timer is due before the alarm');
    if (!isSomething && wanted !== null) this.#broken('an idle conversation wakes');
  }

  #compare(hot: State, state: State): void {
    for (const rows of ['messages', 'turns', 'attempts', 'replies', 'questions', 'runs'] as const) {
      const [mine, theirs]: (readonly object[])[] = [hot[rows], state[rows]];
      const isSame = mine?.length === theirs?.length && mine?.every((row, i) => isLike(row, theirs?.[i] ?? {}));
      if (!isSame) {
        this.#broken(`what is remembered of ${rows} is not what is written: ${JSON.stringify([mine, theirs])}`);
      }
    }
    for (const rows of ['projects', 'sessions'] as const) {
      const [mine, theirs]: (readonly { id: string }[])[] = [hot[rows], state[rows]];
      const isThere = (row: { id: string }): boolean => theirs?.some((r) => r.id === row.id && isLike(row, r)) ?? false;
      if (mine?.length !== theirs?.length || !mine?.every(isThere)) {
        this.#broken(`what is remembered of ${rows} is not what is written: ${JSON.stringify([mine, theirs])}`);
      }
    }
    const timers = [hot, state].map((s) =>
      s.timers
        .map((t) => `${t.kind} ${t.ref} ${t.dueAt}`)
        .sort()
        .join(),
    );
    if (timers[0] !== timers[1]) this.#broken('what is remembered of timers is not what is written');
  }

  /** Nothing is wanted for ever. */
  atRest(): void {
    const idle = this.#world.rows.load();
    if (wantsMachine(idle, this.#world.now)) this.#broken('the provider is asked for ever');
    if (idle.timers.length === 0 && findNextAlarm(idle, this.#world.now) !== null) this.#broken('it wakes for nothing');
    if (idle.machine !== null && idle.machine.awakeSince !== null) this.#broken('the machine is awake for ever');
  }
}

const isLike = (one: object, other: object): boolean =>
  one === other || Object.entries(one).every(([name, value]) => other[name as keyof typeof other] === value);
