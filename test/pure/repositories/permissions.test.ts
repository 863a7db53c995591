import { describe, expect, test } from 'vitest';
import { permissionsOf, stateOfPermission } from '../../../src/conversation/repositories/permissions.ts';
import { markRead } from '../../../src/conversation/state/reads.ts';
import type { Turn } from '../../../src/conversation/state/rows.ts';
import { findOpenTurn, type State } from '../../../src/conversation/state/state.ts';
import { Talk } from '../conversation.ts';

// What a person is asked when the agent's push needs more than its own branches, and what becomes of the answer.

class Pushing extends Talk {
  constructor() {
    super(0);
    this.now = Date.parse('2026-11-23T10:00:00Z');
    this.text('mend the cart');
    this.on({ type: 'timer', timer: { kind: 'gather', ref: '', dueAt: this.now, attempts: 0 } });
  }

  get turn(): Turn {
    const turn = findOpenTurn(this.state);
    if (turn === null) throw new Error('no turn is open');
    return turn;
  }

  asks(of = 'refs/heads/theirs'): void {
    this.on({ type: 'git-permission-asked', turn: this.turn.id, permission: 'force', of });
    // The person sees it.
    this.state = { ...this.state, replies: this.state.replies.map((r) => ({ ...r, state: 'delivered' })) };
  }

  get read(): State {
    return markRead(this.state, { rows: 'grants' });
  }

  get mayForce(): boolean {
    return permissionsOf(this.read, 'main').includes('force');
  }

  /** As the gateway tells the agent. */
  get stands(): string {
    return stateOfPermission(this.read, this.turn, 'force', this.now);
  }

  get questions(): string[] {
    return this.state.replies.map((r) => r.choices?.text ?? r.body).filter((body) => body.startsWith('In main, may I'));
  }

  get tasks(): string[] {
    return this.state.messages.filter((m) => m.providerId.startsWith('own/')).map((m) => m.text);
  }
}

describe('a push that needs the person', () => {
  test('asks once, and a yes counts for the project and reaches the agent', () => {
    const talk = new Pushing();
    expect(talk.stands).toBe('cannot');
    talk.asks();
    talk.asks('refs/heads/another');
    expect(talk.questions).toEqual([expect.stringContaining('It’s about refs/heads/theirs.')]);
    expect(talk.stands).toBe('asked');
    talk.text('yes');
    expect([talk.mayForce, talk.stands]).toEqual([true, 'allowed']);
    expect(talk.tasks).toEqual([expect.stringMatching(/^\(From Roost, not from the person: they have allowed you to/)]);
    talk.asks();
    expect(talk.questions).toHaveLength(1);
  });

  test('a no counts for the turn, and nothing is asked again in it', () => {
    const talk = new Pushing();
    talk.asks();
    talk.now += 1000;
    talk.text('no');
    expect([talk.mayForce, talk.stands, talk.tasks]).toEqual([false, 'denied', []]);
    talk.asks();
    expect(talk.questions).toHaveLength(1);
    expect(stateOfPermission(talk.read, { ...talk.turn, openedAt: talk.now + 1 }, 'force', talk.now)).toBe('cannot');
  });

  test('signs that nobody sees are written out, because a branch has any name', () => {
    const talk = new Pushing();
    talk.asks('refs/heads/safe\u202Eniam');
    expect(talk.questions.join()).not.toContain('\u202E');
  });

  test('is not asked of a guest, and a guest’s yes allows nothing', () => {
    const talk = new Pushing();
    talk.asks();
    talk.on({ type: 'admitted', role: 'guest', name: null, budget: null });
    talk.text('yes');
    expect(talk.mayForce).toBe(false);
    const guest = new Pushing();
    guest.on({ type: 'admitted', role: 'guest', name: null, budget: null });
    guest.asks();
    expect(guest.questions).toEqual([]);
  });

  test('of a turn that is over is not asked', () => {
    const talk = new Pushing();
    talk.on({ type: 'git-permission-asked', turn: '01ARZ3NDEKTSV4RRFFQ69G5FAV', permission: 'force', of: 'x' });
    expect(talk.questions).toEqual([]);
  });
});
