import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Agent, AgentProcess, OpenAgent, Signal } from '../../vm/src/agent/agent.ts';
import { AgentPool, type Memory } from '../../vm/src/agent/pool.ts';
import { writeInstructions } from '../../vm/src/claude/instructions.ts';
import { BackgroundCommandTable } from '../../vm/src/journal/background-command-table.ts';
import { migrate } from '../../vm/src/journal/database.ts';

// Which agent processes stay warm: with fake processes that only record whether they were closed.

const GB = 1024 ** 3;
const WARM_MS = 10 * 60_000;

class Process {
  readonly opened: OpenAgent;
  readonly session: string | null;
  background: { id: string; isShell: boolean }[] = [];
  isClosed = false;
  say: (signal: Signal) => void = () => {};

  constructor(opened: OpenAgent) {
    this.opened = opened;
    this.session = opened.session;
  }

  listen(listener: (signal: Signal) => void): void {
    this.say = listener;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

let commands: BackgroundCommandTable;
let free = 8 * GB;
const opened: Process[] = [];
const agent = {
  open: (request: OpenAgent): AgentProcess => {
    const process = new Process(request);
    opened.push(process);
    return process as unknown as AgentProcess;
  },
} as Agent;
const asked = (conversation: string, project = 'main'): OpenAgent =>
  ({ conversation, project, session: 'session', continues: false }) as unknown as OpenAgent;
const poolWith = (memory: Partial<Memory> = {}): AgentPool =>
  new AgentPool(agent, { total: 16 * GB, free: () => free, leastFree: GB, ...memory }, commands);
/** A process for each, parked in this order. */
const parked = async (pool: AgentPool, ...names: string[]): Promise<void> => {
  for (const name of names) pool.keep(await pool.take(asked(name)));
};
const closed = (): string[] => opened.filter((p) => p.isClosed).map((p) => p.opened.conversation);

beforeEach(() => {
  vi.useFakeTimers();
  const db = new DatabaseSync(':memory:');
  migrate(db);
  commands = new BackgroundCommandTable(db);
  free = 8 * GB;
  opened.length = 0;
});
afterEach(() => vi.useRealTimers());

describe('a warm process', () => {
  test('is used again by its conversation, and closed when that goes to another project', async () => {
    const pool = poolWith();
    await parked(pool, 'a');
    expect(await pool.take(asked('a'))).toBe(opened[0]);
    pool.keep(opened[0] as unknown as AgentProcess);
    await pool.take(asked('a', 'other'));
    expect([opened.length, closed()]).toEqual([2, ['a']]);
  });

  test.each<[string, Partial<OpenAgent>]>([
    ['session', { session: 'another' }],
    ['session, a new one', { session: null }],
    ['place in the session', { after: 'message' }],
    ['model', { model: 'claude-haiku-4-5' }],
    ['manner', { manner: { assistant: { name: 'Wasp' } } }],
    ['way to begin: it goes on with a cut turn', { continues: true }],
  ])('is closed for a turn with another %s', async (_, other) => {
    const pool = poolWith();
    pool.keep(await pool.take({ ...asked('a'), manner: { assistant: { name: 'Bee' } } }));
    await pool.take({ ...asked('a'), manner: { assistant: { name: 'Bee' } }, ...other });
    expect([opened.length, closed()]).toEqual([2, ['a']]);
  });

  test('is closed when nobody has needed it for long; with background work it stays, but not forever', async () => {
    const pool = poolWith();
    await parked(pool, 'a', 'b');
    const server = opened[1] as Process;
    server.background = [{ id: 'server', isShell: true }];
    await vi.advanceTimersByTimeAsync(WARM_MS);
    expect(closed()).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(3 * 60 * 60_000);
    expect(closed()).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(closed()).toEqual(['a', 'b']);
  });

  test('an agent whose background work has ended is closed at the next check', async () => {
    const pool = poolWith();
    await parked(pool, 'a');
    const process = opened[0] as Process;
    process.background = [{ id: 'build', isShell: true }];
    await vi.advanceTimersByTimeAsync(WARM_MS);
    process.background = [];
    await vi.advanceTimersByTimeAsync(WARM_MS);
    expect(closed()).toEqual(['a']);
  });

  test('when memory is short the oldest goes first, and no more than needed', async () => {
    const pool = poolWith({ free: () => free + closed().length * 300 * 1024 ** 2 });
    await parked(pool, 'a', 'b', 'c');
    expect(closed()).toEqual([]);
    free = GB - 400 * 1024 ** 2;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(closed()).toEqual(['a', 'b']);
  });

  test('memory is looked at before another one is opened', async () => {
    const pool = poolWith();
    await parked(pool, 'a');
    free = 0;
    await pool.take(asked('b'));
    expect(closed()).toEqual(['a']);
  });

  test('of use in the background it stays also when memory is short', async () => {
    const pool = poolWith();
    await parked(pool, 'a', 'b');
    (opened[0] as Process).background = [{ id: 'server', isShell: true }];
    free = 0;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(closed()).toEqual(['b']);
  });

  test('a small machine keeps one, a large one eight; the newest', async () => {
    await parked(poolWith({ total: GB / 2 }), 'a', 'b');
    await vi.advanceTimersByTimeAsync(1);
    expect(closed()).toEqual(['a']);
    opened.length = 0;
    const names = 'abcdefghij'.split('');
    await parked(poolWith(), ...names);
    await vi.advanceTimersByTimeAsync(1);
    expect(closed()).toEqual(['a', 'b']);
  });

  test('that ends by itself is no longer warm', async () => {
    const pool = poolWith();
    await parked(pool, 'a');
    opened[0]?.say({ type: 'closed', reason: 'killed' });
    await vi.advanceTimersByTimeAsync(1);
    expect(await pool.take(asked('a'))).toBe(opened[1]);
  });
});

describe('a process that is started ahead', () => {
  const fresh = (conversation: string): OpenAgent => ({ ...asked(conversation), session: null });

  test('is taken by the attempt that asks for the same, also for a new session', async () => {
    const pool = poolWith();
    for (const request of [asked('a'), fresh('b')]) {
      expect([pool.startAhead(request), pool.startAhead(request)]).toEqual([true, false]);
      const process = await pool.take(request);
      expect(process.opened.session).toBe(request.session);
    }
    expect([opened.length, closed()]).toEqual([2, []]);
  });

  test('serves one new session only', async () => {
    const pool = poolWith();
    pool.startAhead(fresh('a'));
    pool.keep(await pool.take(fresh('a')));
    expect(await pool.take(fresh('a'))).toBe(opened[1]);
    expect(closed()).toEqual(['a']);
  });

  test.each<[string, Partial<OpenAgent>]>([
    ['model', { model: 'claude-haiku-4-5' }],
    ['session', { session: null }],
    ['project', { project: 'other' }],
    ['manner', { manner: { deep: true } }],
  ])('is closed before an attempt with another %s starts its own', async (_, other) => {
    const pool = poolWith();
    pool.startAhead(asked('a'));
    expect((await pool.take({ ...asked('a'), ...other })).opened).toMatchObject(other);
    expect([opened.length, closed()]).toEqual([2, ['a']]);
  });

  test('takes nobody’s place: neither over the limit nor where memory is short', async () => {
    const small = poolWith({ total: GB / 2 });
    await parked(small, 'a');
    expect(small.startAhead(fresh('b'))).toBe(false);
    const two = poolWith({ total: 1.2 * GB });
    expect(['c', 'd', 'e'].map((name) => two.startAhead(fresh(name)))).toEqual([true, true, false]);
    free = GB + 200 * 1024 ** 2;
    expect(poolWith().startAhead(fresh('f'))).toBe(false);
    // An agent that is still starting doesn't use its memory yet.
    free = GB + 400 * 1024 ** 2;
    const waiting = poolWith();
    expect(['g', 'h'].map((name) => waiting.startAhead(fresh(name)))).toEqual([true, false]);
    expect(closed()).toEqual([]);
  });

  test('keeps what is known about commands that ended, until an agent was told', async () => {
    commands.note('a', 'session', true);
    const pool = poolWith();
    pool.startAhead(asked('a'));
    await pool.take({ ...asked('a'), model: 'claude-haiku-4-5' });
    expect(opened.map((process) => process.opened.commandsEnded)).toEqual([true, true]);
  });

  test('is closed with the others, even while it starts', async () => {
    const pool = poolWith();
    pool.startAhead(fresh('a'));
    await pool.closeWarm('a');
    pool.startAhead(fresh('b'));
    await pool.closeAll();
    expect(closed()).toEqual(['a', 'b']);
  });
});

describe('an agent whose commands were left running in the background', () => {
  const tasks = [{ id: 'server', isShell: true }];
  const kept = async (pool: AgentPool, background = tasks): Promise<void> => {
    const process = await pool.take(asked('a'));
    (process as unknown as Process).background = background;
    pool.keep(process);
  };
  const isTold = (): boolean => opened.at(-1)?.opened.commandsEnded === true;

  test.each([
    ['nobody came back for four hours', (): unknown => vi.advanceTimersByTimeAsync(5 * 60 * 60_000)],
    ['the machine slept or was restarted', (): void => undefined],
  ])('is told with its next turn that they were ended: %s', async (_, passes) => {
    const pool = poolWith();
    await kept(pool);
    expect(isTold()).toBe(false);
    await passes();
    // The turn may be cut before the agent has read it.
    for (let cut = 0; cut < 2; cut++) {
      await poolWith().take(asked('a'));
      expect(isTold()).toBe(true);
    }
    await kept(poolWith(), []);
    await poolWith().take(asked('a'));
    expect(isTold()).toBe(false);
  });

  test('is not told where they ended by themselves, or in another session', async () => {
    await kept(poolWith());
    await poolWith().take({ ...asked('a'), session: 'another' });
    expect(isTold()).toBe(false);
    opened[0]?.say({ type: 'background', tasks: [] });
    await poolWith().take(asked('a'));
    expect(isTold()).toBe(false);
  });

  test('it reads that, and what to do', () => {
    expect(writeInstructions({}, true)).toContain('commands you left running in the background were ended');
    expect(writeInstructions({})).not.toContain('background');
  });
});
