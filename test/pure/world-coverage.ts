import type { Event } from '../../src/turns/event.ts';
import { head } from '../../src/turns/replies.ts';
import { openAttempt, openTurn, type State } from '../../src/turns/state.ts';

// What a run has seen: states of turn, attempt and outbox together, and every change of a row with what caused it.

export class Coverage {
  readonly states = new Map<string, number>();
  /** `row: from → to` → event → count. */
  readonly changes = new Map<string, Map<string, number>>();
  steps = 0;

  saw(state: State): void {
    this.steps++;
    const turn = openTurn(state);
    const shown = turn
      ? turn.stopping
        ? 'stopping'
        : turn.unreachableSince === null
          ? 'open'
          : 'unreachable'
      : 'none';
    const key = [shown, openAttempt(state)?.state ?? 'none', head(state)?.state ?? 'none'].join(' · ');
    this.states.set(key, (this.states.get(key) ?? 0) + 1);
  }

  changed(row: string, from: string, to: string, event: Event): void {
    const key = `${row}: ${from} → ${to}`;
    const causes = this.changes.get(key) ?? new Map<string, number>();
    const cause = causeOf(event);
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
    this.changes.set(key, causes);
  }

  table(): string {
    const states = [...this.states].sort().map(([key, n]) => `${key.padEnd(40)} ${n}`);
    const changes = [...this.changes].sort().map(([key, causes]) => {
      const shown = [...causes].sort((a, b) => b[1] - a[1]).map(([cause, n]) => `${cause} ${n}`);
      return `${key.padEnd(32)} ${shown.join(', ')}`;
    });
    return [
      `${this.steps} decisions`,
      '',
      'turn · attempt · head of the outbox',
      ...states,
      '',
      'row: from → to, and by what',
      ...changes,
    ].join('\n');
  }
}

export function causeOf(event: Event): string {
  switch (event.type) {
    case 'machine':
      return event.event.type === 'ended' ? `ended ${event.event.outcome}` : event.event.type;
    case 'timer':
      return `timer ${event.timer.kind}`;
    case 'status':
      return `status ${event.status}${event.failure ? ` (${event.failure})` : ''}`;
    case 'send-refused':
      return `refused (${event.failure})`;
    default:
      return event.type;
  }
}
