import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ActionHost, type ActionMessage, type ActionSetup, Actions } from '../../vm/src/actions/actions.ts';
import type { OpenAgent, Signal } from '../../vm/src/agent/agent.ts';

// An action that waits for an agent which does not answer ends with a sentence, and uses up no try of its turn.

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the agent does not answer in a minute: the person is told, its process is let go of, and asking again works', async () => {
  let answers = false;
  const toolServers = () => (answers ? Promise.resolve([]) : new Promise<never>(() => undefined));
  const process = { session: 'S', listen: () => undefined, toolServers };
  const discard = vi.fn(async () => undefined);
  const pool = { take: async () => process, keep: () => undefined, discard };
  const actions = new Actions({ dataDir: '/nowhere', pool } as unknown as ActionSetup);
  const texts: string[] = [];
  const ask = (): Promise<void> =>
    actions.perform(
      { session: 'S' } as OpenAgent,
      { uuid: 'u', text: '.', action: 'mcp' } as ActionMessage,
      {} as ActionHost,
      (signal: Signal) => {
        if (signal.type === 'answer') texts.push(signal.answer.text);
      },
    );
  const asked = ask();
  await vi.advanceTimersByTimeAsync(60_000);
  await asked;
  expect(texts).toEqual([expect.stringContaining('Text it again to try once more.')]);
  expect(discard).toHaveBeenCalledTimes(1);
  answers = true;
  await ask();
  expect(texts[1]).toContain('This project has no MCP servers.');
});
