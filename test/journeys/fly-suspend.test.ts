import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { agentPids } from '../vm/machine-harness.ts';
import { type FlyStack, startFlyStack } from './fly-stack.ts';

// A machine that is suspended (FLY_AUTOSTOP): it goes on with its warm agent, and starts anew where Fly lost its memory.
// The tests run in order, with the same person.

const ROBIN = 'whatsapp:+15555550153';
let s: FlyStack;
let app = '';
beforeAll(async () => {
  s = await startFlyStack({ vars: { FLY_AUTOSTOP: 'suspend' } });
});
afterAll(() => s?.stop());

const suspended = async (): Promise<void> => {
  await s.atRest(ROBIN);
  await s.letSleep(app);
  expect(s.fly.world.machines('live')).toMatchObject([{ state: 'suspended' }]);
  // So long after its last use the relay no longer takes the machine for awake.
  await s.stack.moveClock(ROBIN, 5 * 60_000);
};
const answered = async (word: string): Promise<void> => {
  s.stack.text(ROBIN, `say ${word}.`);
  await s.stack.until(() => s.stack.sentTo(ROBIN).some((body) => body.startsWith(word)), `“${word}”`);
};
const agents = (): number[] => agentPids(s.folder);

test('its text finds the agent as warm as it was, without a call to Fly', async () => {
  await answered('first');
  app = s.appOf(ROBIN);
  await suspended();
  const [warm, calls] = [agents(), s.fly.world.calls.length];
  expect(warm).not.toEqual([]);
  await answered('second');
  expect(agents()).toEqual(warm);
  expect(s.fly.world.calls.length).toBe(calls);
});

test('with its memory lost it starts anew, and the agent knows what was said', async () => {
  await suspended();
  await s.fly.faults.killProgram(app);
  await vi.waitUntil(() => agents().length === 0);
  const seen: string[] = [];
  s.stack.script('say third.', (request) => {
    seen.push(JSON.stringify(request));
    return 'third';
  });
  await answered('third');
  expect(seen[0]).toContain('say second.');
});
