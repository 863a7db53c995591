import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { personTexts, say, use } from '../../simulator/model/script.ts';
import { texts } from '../../src/texts/index.ts';
import { type FlyStack, startFlyStack } from './fly-stack.ts';
import { BACKED_UP } from './stack.ts';

// The host of a machine is lost with its disk during the agent's work: the person gets the answer, from a new machine
// that knows the conversation and has the project.

const MIA = 'whatsapp:+15555550153';
const SOON = { timeout: 60_000, interval: 50 };

let s: FlyStack;
beforeAll(async () => {
  s = await startFlyStack({ vars: BACKED_UP });
});
afterAll(() => s?.stop());

/** The files that the agent's commands left in the project, on any disk. */
const onDisk = (name: string): string | undefined => {
  const [volume] = s.fly.world.volumes('live');
  if (!volume) return undefined;
  const conversations = join(s.fly.world.volumeFolder(volume.id), 'conversations');
  const [conversation] = existsSync(conversations) ? readdirSync(conversations) : [];
  const path = join(conversations, conversation ?? '', 'projects/main', name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};

test('the answer comes from a new machine with the old one’s session and project, and there is one of each', async () => {
  const { stack, fly } = s;
  stack.script('plan', (request) =>
    readConversation(request).at(-1)?.kind === 'result'
      ? say('The plan is there.')
      : use('Bash', { command: 'echo paint the fence > plan.txt' }),
  );
  // The first try is lost in the middle of its tool; the next one checks its state.
  stack.script('work', (request, asked) => {
    if (asked === 1) return use('Bash', { command: 'touch begun; node -e "setTimeout(() => {}, 110_000)"' });
    const last = readConversation(request).at(-1);
    return last?.kind === 'result' && /fence/.test(last.text)
      ? say(`It says: ${last.text.trim()}`)
      : use('Bash', { command: 'cat plan.txt' });
  });
  stack.text(MIA, 'plan');
  await stack.until(() => stack.sentTo(MIA).some((body) => body.startsWith('The plan is there.')), 'the first answer');
  await s.atRest(MIA);
  const app = s.appOf(MIA);
  const [before] = fly.world.machines('live');

  stack.text(MIA, 'work');
  await vi.waitUntil(() => onDisk('begun') !== undefined, SOON);
  await fly.faults.loseHost(app, 'gone');

  await stack.until(() => stack.sentTo(MIA).some((body) => body.startsWith('It says:')), 'the answer', 120_000);
  await s.atRest(MIA);
  expect(stack.sentTo(MIA).filter((body) => body === 'It says: paint the fence')).toHaveLength(1);
  expect(stack.sentTo(MIA).filter((body) => body.includes(texts.archive.newMachine))).toHaveLength(1);
  const seen = stack.model.requests.map(({ request }) => personTexts(request)).at(-1);
  expect(seen).toEqual(['plan', 'work']);

  const { world } = fly;
  expect(world.apps().map(({ name }) => name)).toEqual([app]);
  expect(world.volumes('live')).toHaveLength(1);
  expect(world.machines('live').map(({ app: of }) => of)).toEqual([app]);
  expect(world.machines('live')[0]?.id).not.toBe(before?.id);
  expect(onDisk('plan.txt')).toBe('paint the fence\n');
  expect(await stack.ask(MIA, 'say we go on')).toBe('we go on');
});
