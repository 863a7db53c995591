import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { personTexts, say, use } from '../../simulator/model/script.ts';
import { texts } from '../../src/texts/index.ts';
import { type FlyStack, startFlyStack } from './fly-stack.ts';
import { BACKED_UP } from './stack.ts';

// Two people with machines of their own become one, with the real relay, carrier, bucket and agent server: the project of
// the younger one is on the elder one's machine, with its files and its session.

const MIA = 'whatsapp:+15555550153';
const BEN = 'whatsapp:+15555550154';

let s: FlyStack;
beforeAll(async () => {
  s = await startFlyStack({ vars: { ...BACKED_UP, ALLOWED_SENDERS: '+15555550153,+15555550154' } });
});
afterAll(() => s?.stop());

/** A file in any project of any disk. */
function onDisk(name: string): string[] {
  const folders = s.fly.world.volumes('live').flatMap(({ id }) => {
    const conversations = join(s.fly.world.volumeFolder(id), 'conversations');
    return (existsSync(conversations) ? readdirSync(conversations) : []).flatMap((conversation) => {
      const projects = join(conversations, conversation, 'projects');
      return existsSync(projects) ? readdirSync(projects).map((project) => join(projects, project, name)) : [];
    });
  });
  return folders.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8').trim());
}

test('the agent finds the younger one’s files and remembers what was said, on the elder one’s machine', async () => {
  const { stack } = s;
  for (const [name, words] of [
    ['fence', 'paint the fence'],
    ['oak', 'plant the oak'],
  ] as const)
    stack.script(`plan the ${name}`, (request) =>
      readConversation(request).at(-1)?.kind === 'result'
        ? say(`The plan for the ${name} is there.`)
        : use('Bash', { command: `echo ${words} > plan.txt` }),
    );
  stack.script('what is the plan?', (request) => {
    const last = readConversation(request).at(-1);
    return last?.kind === 'result' ? say(`It says: ${last.text.trim()}`) : use('Bash', { command: 'cat plan.txt' });
  });
  for (const [person, name] of [
    [MIA, 'fence'],
    [BEN, 'oak'],
  ] as const) {
    stack.text(person, `plan the ${name}`);
    await stack.until(() => stack.sentTo(person).some((body) => body.startsWith('The plan for')), 'the first answer');
    await s.atRest(person);
  }
  stack.text(MIA, '/link');
  const code = await stack.until(
    () => stack.sentTo(MIA).flatMap((body) => /LINK ([A-Z2-9]{4}-[A-Z2-9]{4})/.exec(body)?.[1] ?? [])[0],
    'a code',
  );
  stack.text(BEN, `LINK ${code}`);
  await stack.until(
    () => stack.sentTo(BEN).some((body) => body.includes('Shall I merge the two conversations?')),
    'the question',
  );
  stack.text(BEN, 'yes');
  const isTold = (person: string) =>
    stack.sentTo(person).some((body) => body.startsWith('The two conversations are one'));
  await stack.until(() => isTold(MIA) && isTold(BEN), 'both are told', 60_000);

  stack.text(BEN, '/project main 2');
  stack.text(BEN, 'what is the plan?');
  await stack.until(() => stack.sentTo(BEN).includes('It says: plant the oak'), 'the answer', 120_000);
  expect(stack.sentTo(BEN).filter((body) => body.includes(texts.merging.projectBack('main 2')))).toHaveLength(1);
  expect(stack.sentTo(BEN).filter((body) => body.includes(texts.archive.newMachine))).toEqual([]);
  const seen = stack.model.requests.map(({ request }) => personTexts(request)).at(-1);
  expect(seen).toEqual(['plan the oak', 'what is the plan?']);
  expect(onDisk('plan.txt').sort()).toEqual(['paint the fence', 'plant the oak', 'plant the oak']);

  stack.text(MIA, '/project main');
  stack.text(MIA, 'what is the plan?');
  await stack.until(() => stack.sentTo(MIA).includes('It says: paint the fence'), 'the answer', 60_000);
});
