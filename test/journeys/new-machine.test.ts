import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { personTexts, say, use } from '../../simulator/model/script.ts';
import { texts } from '../../src/texts/index.ts';
import { uncopied, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// The machine's disk is lost between two texts: the next machine has the conversation and the work with its history and
// uncommitted changes, and the person is told what is missing.

const SOON = { timeout: 60_000, interval: 100 };
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

/** Nothing runs, and nothing is left to back up. */
const atRest = (person: string): Promise<boolean> =>
  vi.waitUntil(() => unfinished(stack.relay.state, person).length + uncopied(stack.relay.state, person) === 0, SOON);

const projectOnDisk = (): string => {
  const conversations = join(stack.machineFolder, 'conversations');
  const [conversation = ''] = existsSync(conversations) ? readdirSync(conversations) : [];
  return join(conversations, conversation, 'projects/main');
};

test('the next machine goes on where the lost one was', async () => {
  const robin = 'whatsapp:+15555550140';
  const work = `echo one > plan.txt && git add . && git -c user.name=A -c user.email=a@example.com commit --quiet -m first &&
    echo two > plan.txt && echo SECRET=1 > .env && mkdir -p node_modules/x && echo x > node_modules/x/index.js`;
  stack.script('work', (request) =>
    readConversation(request).at(-1)?.kind === 'result' ? say('It is done.') : use('Bash', { command: work }),
  );
  expect(await stack.ask(robin, 'my name is Robin')).toMatch(/Nice to meet you, Robin/);
  expect(await stack.ask(robin, 'work')).toBe('It is done.');
  await atRest(robin);
  expect(existsSync(join(projectOnDisk(), '.env'))).toBe(true);

  await stack.loseMachine();
  expect(existsSync(projectOnDisk())).toBe(false);
  const before = stack.sentTo(robin).length;
  stack.text(robin, 'what is my name?');
  const [notice, answer] = await stack.until(() => {
    const sent = stack.sentTo(robin).slice(before);
    return sent.length >= 2 && sent;
  }, 'the notice and the answer');
  expect(answer).toBe('Your name is Robin.');
  expect(notice).toContain(texts.archive.newMachine);
  expect(notice).toContain(texts.archive.sessionBack);
  expect(notice).toMatch(/The files in “main” are back/);
  expect(notice).toMatch(/set these up again if you need them: (\.env and node_modules|node_modules and \.env)\./);

  const project = projectOnDisk();
  expect(readdirSync(project).sort()).toEqual(['.git', 'plan.txt']);
  expect(readFileSync(join(project, 'plan.txt'), 'utf8')).toBe('two\n');
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: project, encoding: 'utf8' });
  expect(git('log', '--format=%s')).toBe('first\n');
  expect(git('status', '--porcelain')).toBe(' M plan.txt\n');

  expect(await stack.ask(robin, 'say we go on')).toMatch(/^we go on/);
  const seen = stack.model.requests.map(({ request }) => personTexts(request)).at(-1);
  expect(seen).toEqual(['my name is Robin', 'work', 'what is my name?', 'say we go on']);
  await atRest(robin);
  expect(stack.sentTo(robin).filter((text) => text.includes(texts.archive.newMachine))).toHaveLength(1);
});
