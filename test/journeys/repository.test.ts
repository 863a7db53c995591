import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { personTexts, readConversation, say, use } from '../../simulator/model/script.ts';
import { NEWS_BURST_MS } from '../../src/conversation/policy/repositories.ts';
import { texts } from '../../src/texts/index.ts';
import { gitToolsPath } from '../vm/git-tools.ts';
import { sandboxPath } from '../vm/sandbox-tools.ts';
import { Chat } from './chat.ts';
import { connectByApp, type RepositoryStand, SHOP, startRepositoryStand } from './repository-stand.ts';
import { type Stack, startStack } from './stack.ts';

// A day with a repository: an account is connected, a private project of two hundred files is cloned, the agent in its
// sandbox mends a mistake with the real git and gh, a review is read and followed, a yes merges, and a standup tells it.
// ROOST_TRANSCRIPT=docs/repository-day.md writes the day down.

const ROBIN = { name: 'Robin', address: 'whatsapp:+15555550185' };
const sandboxTools = await sandboxPath();
const tools = await gitToolsPath('missing' in sandboxTools ? undefined : sandboxTools.path);
const missing = 'missing' in sandboxTools ? sandboxTools.missing : 'missing' in tools ? tools.missing : null;

const MEND = [
  "git checkout -q -b price && sed -i 's|/ 10;|/ 100;|' src/price.ts && git add -A",
  'git commit -qm "Divide cents by a hundred" && git push -q origin price',
  'gh pr create --head price --title "Divide cents by a hundred" --body "A price was ten times too high."',
].join(' && ');
const READ = texts.pulls.tasks.read(1, 'Divide cents by a hundred');
const commentIn = (said: string): string => /Say in the README[^"\\]*/.exec(said)?.[0] ?? said;
const FOLLOW = [
  'echo "- Prices are in cents." >> README.md && git add -A',
  'git commit -qm "Say what a price is" && git push -q origin price',
].join(' && ');

/** What the task of a standup says to look with. */
const commandsIn = (task: string): string[] =>
  [/git fetch --all --prune/, /git log --all --since="[^"]+" --no-merges/, /gh pr list .*?statusCheckRollup/].map(
    (like) => like.exec(task)?.[0] ?? `echo "the task lacks ${like.source}"`,
  );

describe.skipIf(missing)(`a day with a repository${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let stand: RepositoryStand;
  let stack: Stack;
  let chat: Chat;
  beforeAll(async () => {
    stand = await startRepositoryStand('app');
    const machineEnv = { APPROVALS: 'ask', SANDBOX: 'required', PATH: 'path' in tools ? tools.path : '' };
    stack = await startStack({ vars: stand.vars, machineEnv });
    stand.tellTo(stack.relay.url);
    chat = new Chat(stack, [ROBIN]);
  });
  afterAll(async () => {
    const { ROOST_TRANSCRIPT: file } = process.env;
    if (chat && file) writeFileSync(file, withPublicAddresses(chat.page(INTRODUCTION)));
    await stack?.stop();
    await stand?.stop();
  });
  beforeEach(({ task }) => chat.begin(task.name));

  const atHost = (...args: string[]): string =>
    execFileSync('git', ['-C', stand.host.world.bareFolder(SHOP), ...args], { encoding: 'utf8' }).trim();
  /** What the agent's commands said in this turn. */
  const toolResults = (): string => JSON.stringify(stack.model.requests.at(-1)?.request.messages.at(-1));
  const heard = (like: RegExp): Promise<true> =>
    stack.until(() => chat.sentTo(ROBIN).some(({ body }) => like.test(body)) || undefined, String(like));
  const work = (text: string, command: string, report: string): void =>
    stack.script(text, (_, asked) => (asked === 1 ? use('Bash', { command }) : say(report)));

  test('an account is connected and a project cloned', async () => {
    await connectByApp(chat, ROBIN, stand);
    const begun = await chat.text(ROBIN, `/project new shop https://github.com/${SHOP}`, /cloning/);
    expect(begun).toContain(SHOP);
    await heard(/^Cloned/);
  });

  test('a standup is set up, and tells of the beginning', async () => {
    await chat.text(ROBIN, '/standup 9am', /time zone/i);
    await chat.text(ROBIN, 'Berlin', /^Schedule 1: every weekday at 9 am/);
    stack.script(/scheduled run/, (request, n) => {
      if (n === 1) return use('Bash', { command: commandsIn(personTexts(request).at(-1) ?? '').join(' && ') });
      const said = readConversation(request).flatMap((entry) => (entry.kind === 'result' ? [entry.text] : []));
      const number = /"number":(\d+)/.exec(said.at(-1) ?? '')?.[1];
      if (number === undefined) return say(standupOf(said.slice(1 - n).join('\n')));
      return use('Bash', { command: `gh pr view ${number} --comments` });
    });
    expect(await chat.text(ROBIN, '/run 1', /^Since the last standup/)).toBe('Since the last standup: nothing.');
  });

  test('a mistake is mended and a pull request opened', async () => {
    const asked = 'prices are ten times too high, fix that and open a pull request';
    work(asked, MEND, 'Mended: cents are divided by a hundred now.');
    expect(await chat.text(ROBIN, asked, /^OK to run this/)).toContain('gh pr create');
    await chat.tap(ROBIN, 'Approve', /^Mended/);
    await heard(/^Pull request #1 in/);
    const [pull] = stand.host.world.pulls(SHOP);
    expect(pull).toMatchObject({ number: 1, head: 'price', base: 'main', title: 'Divide cents by a hundred' });
    expect(atHost('show', 'price:src/price.ts')).toContain('/ 100;');
    expect(atHost('log', '-1', '--format=%an', 'price')).toBe('Robin Field');
  });

  test('a review comes, is read and followed', async () => {
    chat.aside('Kim reviews it at the host: “Say in the README what a price is.”');
    const before = chat.sentTo(ROBIN).length;
    await stand.host.world.review(SHOP, 1, 'kim-reyes', 'CHANGES_REQUESTED', 'Say in the README what a price is.');
    await stand.host.world.webhooksSettled();
    await stack.moveClock(ROBIN.address, NEWS_BURST_MS);
    await chat.next(ROBIN, before, /kim-reyes reviewed it and wants changes/, 'the review');
    stack.script(READ, (_, n) =>
      n === 1 ? use('Bash', { command: 'gh pr view 1 --comments' }) : say(`Kim asks: ${commentIn(toolResults())}`),
    );
    await chat.tap(ROBIN, 'Read it', /^Kim asks: Say in the README what a price is\./);
    work('yes, write that', FOLLOW, 'The README says it, and I pushed it.');
    await chat.text(ROBIN, 'yes, write that', /^OK to run this/);
    await chat.tap(ROBIN, 'Approve', /^The README says it/);
    expect(atHost('show', 'price:README.md')).toBe('# Shop\n- Prices are in cents.');
  });

  test('checks pass, and a yes merges', async () => {
    const { world } = stand.host;
    world.finishChecks(SHOP, (await world.sha(SHOP, 'price')) ?? '', 'success');
    chat.aside('The checks pass at the host');
    await chat.text(ROBIN, '/checks', /passed/);
    await chat.text(ROBIN, '/pr 1', /^Pull request #1/);
    await chat.tap(ROBIN, 'Merge', /^Merge #1 .*into main\?/);
    expect(atHost('show', 'main:src/price.ts')).toContain('/ 10;');
    await chat.tap(ROBIN, 'Merge', /^Merged #1 into main/);
    expect(atHost('show', 'main:src/price.ts')).toContain('/ 100;');
    expect(atHost('show', 'main:README.md')).toContain('Prices are in cents');
  });

  test('the next standup knows the commits, the pull request and the review since the last one', async () => {
    const standup = await chat.text(ROBIN, '/run 1', /^Since the last standup/);
    expect(standup).toBe(
      [
        'Since the last standup:',
        '• Robin Field: Divide cents by a hundred',
        '• Robin Field: Say what a price is',
        '• #1 Divide cents by a hundred: merged',
        '• kim-reyes: Say in the README what a price is.',
      ].join('\n'),
    );
  });
});

/** A standup of what git and gh said. */
function standupOf(said: string): string {
  const commits = [...said.matchAll(/^Author: (.+?) <?\S+@.*\n.*\n\n {4}(.+)$/gm)].map(
    ([, who, what]) => `${who}: ${what}`,
  );
  const pulls = [...said.matchAll(/"number":(\d+).*?"state":"(\w+)".*?"title":"([^"]+)"/g)].map(
    ([, number, state = '', title]) => `#${number} ${title}: ${state.toLowerCase()}`,
  );
  const reviews = [...said.matchAll(/^author:\t(\S+)\n[\s\S]*?\n--\n(.+)\n--/gm)].map(
    ([, who, what]) => `${who}: ${what}`,
  );
  const told = [...commits.reverse(), ...pulls, ...reviews].map((each) => `• ${each}`);
  return `Since the last standup:${told.length === 0 ? ' nothing.' : `\n${told.join('\n')}`}`;
}

/** Links as people have them, and without what opens them. */
const withPublicAddresses = (page: string): string =>
  page
    .replaceAll(/http:\/\/[\d.:]+\/github\.com/g, 'https://github.com')
    .replaceAll(/http:\/\/[\d.:]+\/account\/\S+/g, 'https://roost.example.com/account/…');

const INTRODUCTION = `# A day with a repository

<!-- Written by test/journeys/repository.test.ts: ROOST_TRANSCRIPT=docs/repository-day.md npm test -- test/journeys/repository.test.ts -->

These are the texts of one day between Robin and Roost, from the stand-in carrier: the relay, the agent server, Claude
Code in its sandbox, git and gh are real; the model's answers are scripted, and the git host is a stand-in around the
real git. Square brackets are buttons, round ones say what happened outside the chat.`;
