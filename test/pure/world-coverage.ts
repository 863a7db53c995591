import { headOf } from '../../src/conversation/outbox/replies.ts';
import type { Event } from '../../src/conversation/state/events.ts';
import { findOpenAttempt, findOpenTurn, type State } from '../../src/conversation/state/state.ts';

// The coverage of a run: combined states of turn, attempt and outbox, and every change of a row with its cause.

export class Coverage {
  readonly states = new Map<string, number>();
  /** `row: from → to` → event → count. */
  readonly changes = new Map<string, Map<string, number>>();
  steps = 0;

  saw(state: State): void {
    this.steps++;
    const turn = findOpenTurn(state);
    const shown = turn
      ? turn.stopping
        ? 'stopping'
        : turn.unreachableSince === null
          ? 'open'
          : 'unreachable'
      : 'none';
    const key = [shown, findOpenAttempt(state)?.state ?? 'none', headOf(state)?.state ?? 'none'].join(' · ');
    this.states.set(key, (this.states.get(key) ?? 0) + 1);
  }

  changed(row: string, from: string, to: string, event: Event): void {
    const key = `${row}: ${from} → ${to}`;
    const causes = this.changes.get(key) ?? new Map<string, number>();
    const cause = causeOf(event);
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
    this.changes.set(key, causes);
  }

  /** The coverage of a complete run that this run lacks. */
  missing(): string[] {
    return [
      ...REACHABLE_STATES.filter((state) => !this.states.has(state)),
      ...REACHABLE_CHANGES.filter((change) => !this.changes.has(change)),
    ];
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

const HEADS = ['none', 'ready', 'sending', 'unknown'];
const ATTEMPTS = ['requested', 'running', 'ending'];

/** The coverage of a complete run: states, and changes by row. Other allowed changes are too rare for a short run. */
const REACHABLE_STATES = [
  ...HEADS.map((head) => `none · none · ${head}`),
  ...['open', 'stopping', 'unreachable'].flatMap((turn) =>
    ATTEMPTS.flatMap((attempt) => HEADS.map((head) => `${turn} · ${attempt} · ${head}`)),
  ),
  ...HEADS.map((head) => `open · none · ${head}`),
  'unreachable · none · none',
];
const REACHABLE_CHANGES = Object.entries({
  'turn: none': 'open',
  'turn: open': 'done failed',
  'attempt: none': 'requested',
  'attempt: requested': 'running ended',
  'attempt: running': 'ending ended',
  'attempt: ending': 'ended',
  'message: waiting': 'active consumed failed',
  'message: active': 'consumed failed waiting',
  'message: failed': 'waiting active consumed',
  'address: theirs': 'locked gone',
  'address: locked': 'theirs',
  'address: gone': 'theirs',
  'sender: free': 'doubted blocked',
  'sender: doubted': 'free blocked',
  'sender: blocked': 'tried free',
  'sender: tried': 'blocked free',
  'question: none': 'open answered',
  'question: open': 'answered late closed',
  'question: answered': 'closed',
  'question: late': 'closed',
  'answer: none': 'open',
  'answer: open': 'settled estimate',
  'answer: estimate': 'settled',
  'budget: left': 'turn day',
  'run: none': 'running waiting sending skipped',
  'run: waiting': 'running',
  'run: running': 'sending silent failed skipped',
  'run: sending': 'sent held failed',
  'run: held': 'sending skipped',
  'run: sent': 'delivered failed held',
  'run: skipped': 'running',
  'reply: none': 'ready held parked dropped',
  'reply: ready': 'sending held parked dropped replaced sent unknown',
  'reply: sending': 'accepted unknown ready held parked dropped replaced sent delivered read failed',
  'reply: unknown': 'accepted ready held replaced sent delivered read failed',
  'reply: accepted': 'sent delivered read failed held replaced dropped',
  'reply: sent': 'delivered read failed held replaced',
  'reply: delivered': 'read',
  'reply: held': 'ready replaced parked dropped delivered',
  'reply: failed': 'replaced',
  'reply: parked': 'replaced sent',
}).flatMap(([from, to]) => to.split(' ').map((each) => `${from} → ${each}`));

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
