import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { say, use } from '../../simulator/model/script.ts';
import type { CarrierMessage } from '../../simulator/twilio/carrier-types.ts';
import { type Stack, startStack } from './stack.ts';

// A day of a team of five, with the real relay and agent: a stranger is let in, a guest is invited, a budget warns,
// stops and is raised, and a lost phone is locked. ROOST_TRANSCRIPT=docs/team-day.md writes the day down.

const OURS = 'whatsapp:+15555550100';
const [OLIVE, ADA, BEN, CLEO, DAN] = ['Olive', 'Ada', 'Ben', 'Cleo', 'Dan'].map((name, n) => ({
  name,
  address: `whatsapp:+1555555018${n + 1}`,
})) as [Someone, Someone, Someone, Someone, Someone];
const TEAM = [OLIVE, ADA, BEN, CLEO, DAN];
type Someone = { name: string; address: string };
const numberOf = ({ address }: Someone): string => address.replace('whatsapp:', '');

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    vars: {
      ADMIN_SENDERS: numberOf(OLIVE),
      ALLOWED_SENDERS: [OLIVE, ADA, DAN].map(numberOf).join(','),
      PAIRING: 'on',
      // Without a key the model counts as free.
      ANTHROPIC_API_KEY: 'a-key-of-this-test',
    },
    machineEnv: { APPROVALS: 'ask', SANDBOX: 'off' },
  });
});
afterAll(async () => {
  const { ROOST_TRANSCRIPT: file } = process.env;
  if (stack && file) writeFileSync(file, transcript());
  await stack?.stop();
});

const parts: { title: string; from: number }[] = [];
beforeEach(({ task }) => void parts.push({ title: task.name, from: stack.carrier.messages().length }));

const sentTo = ({ address }: Someone): CarrierMessage[] =>
  stack.carrier.messages().filter((m) => m.direction === 'outbound-api' && m.to === address);

/** Anything but the notice that the text waits for the end of the turn before. */
const ANSWER = /^(?!Got it, )/;

/** Texts as this person, and resolves with the next message to `hears`. */
async function text(who: Someone, body: string, hears = who, like = ANSWER): Promise<string> {
  const before = sentTo(hears).length;
  stack.carrier.receive({ from: who.address, to: OURS, body, profileName: who.name });
  return next(hears, before, like, `an answer to ${who.name}’s “${body}”`);
}

const next = async (who: Someone, after: number, like: RegExp, what: string): Promise<string> =>
  (
    await stack.until(
      () =>
        sentTo(who)
          .slice(after)
          .find(({ body }) => like.test(body)),
      what,
    )
  ).body;

/** Taps the button with this title in the newest message that has one. */
async function tap(who: Someone, title: string, hears: Someone, like: RegExp): Promise<string> {
  const asked = sentTo(who).findLast((m) => m.offer?.items.some((item) => item.title === title));
  const id = asked?.offer?.items.find((item) => item.title === title)?.id ?? '';
  const before = sentTo(hears).length;
  stack.carrier.receive({ from: who.address, to: OURS, tap: { sid: asked?.sid ?? '', id }, profileName: who.name });
  return next(hears, before, like, `what follows ${who.name}’s tap on ${title}`);
}

const INTRODUCTION = `# A day of a team of five

<!-- Written by test/journeys/team.test.ts: ROOST_TRANSCRIPT=docs/team-day.md npm test -- test/journeys/team.test.ts -->

These are the texts of one day between five people and Roost, from the stand-in carrier: the relay, the agent server
and Claude Code are real, the model's answers are scripted, and the numbers are fictional. Olive is the owner. Ada and
Dan are on the list, Ben is a stranger, and Cleo gets an invitation. Square brackets are buttons; the welcome, which
follows a person's first answer, is switched off. The settings are \`PAIRING=on\`, Olive's number in
\`ADMIN_SENDERS\`, and the numbers of Olive, Ada and Dan in \`ALLOWED_SENDERS\`.`;

/** The day as a page: what was said in each test. */
function transcript(): string {
  const nameOf = (address: string): string => TEAM.find((one) => one.address === address)?.name ?? 'Roost';
  const lines = stack.carrier.messages().map((m) => {
    const buttons = m.offer ? ` [${m.offer.items.map(({ title }) => title).join('] [')}]` : '';
    return `${nameOf(m.from)} → ${nameOf(m.to)}: ${m.body.replaceAll(/\n+/g, '\n    ')}${buttons}`;
  });
  const sections = parts.map(({ title, from }, n) => {
    const said = lines.slice(from, parts[n + 1]?.from).join('\n');
    return `## ${title.slice(0, 1).toUpperCase()}${title.slice(1)}\n\n\`\`\`text\n${said}\n\`\`\``;
  });
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

test('the morning: everybody on the list is answered', async () => {
  for (const who of [OLIVE, ADA, DAN]) {
    stack.script(`good morning from ${who.name}`, () => say(`Good morning, ${who.name}`));
    expect(await text(who, `good morning from ${who.name}`)).toBe(`Good morning, ${who.name}`);
  }
});

test('a stranger gets a code, the owner says yes, and the text that asked is answered', async () => {
  stack.script('can you fix the login page?', () => say('The login page works again'));
  expect(await text(BEN, 'can you fix the login page?')).toContain('An admin has to let you in first');
  await stack.until(() => sentTo(OLIVE).some((m) => /Ben .*isn’t on the list/.test(m.body)), 'the owner is asked');
  const before = sentTo(BEN).length;
  expect(await tap(OLIVE, 'Yes, let them in', OLIVE, /Ben .* is in/)).toContain('as a member');
  expect(await next(BEN, before, /login page/, 'Ben’s answer')).toBe('The login page works again');
});

test('a guest joins with an invitation, and approves nothing', async () => {
  const invitation = await text(OLIVE, '/invite guest', OLIVE, /JOIN/);
  const code = /JOIN ([A-Z0-9-]+)/.exec(invitation)?.[1];
  expect(await text(CLEO, `JOIN ${code}`)).toContain('You’re in, as a guest');
  stack.script('delete everything', (_, asked) =>
    asked === 1 ? use('Bash', { command: 'rm -rf *' }) : say('A member has to approve that'),
  );
  expect(await text(CLEO, 'delete everything')).toBe('A member has to approve that');
  expect(await text(CLEO, '/users')).toContain('isn’t for guests');
  expect(await text(DAN, `JOIN ${code}`)).toBe('You’re in, so you need no code.');
});

test('a budget warns once, stops, and is raised by an admin: the work goes on', async () => {
  const n = /(\d+)\. Ada/.exec(await text(OLIVE, '/users'))?.[1];
  expect(await text(OLIVE, `/budget 0.32 a day for ${n}`, ADA)).toContain('$0.32');
  const heard: string[] = [];
  for (let task = 1; task <= 12 && !/used up/.test(heard.at(-1) ?? ''); task++) {
    stack.script(`task ${task}`, () => say(`Task ${task} is done`));
    heard.push(await text(ADA, `task ${task}`));
  }
  expect(heard.filter((body) => /of \$0\.32 is spent/.test(body))).toHaveLength(1);
  expect(heard.at(-1)).toMatch(/budget for today is used up/);
  const before = sentTo(ADA).length;
  await text(ADA, '/budget 20 today', OLIVE, /asks for a budget/);
  const title = sentTo(OLIVE).at(-1)?.offer?.items[0]?.title ?? '';
  await tap(OLIVE, title, OLIVE, /has the new budget/);
  await next(ADA, before, new RegExp(`^Task ${heard.length} is done`), 'what the budget stopped');
});

test('a lost phone is locked, and unlocked with the PIN', async () => {
  stack.script('are you there?', () => say('Here I am'));
  expect(await text(DAN, '/pin 4821')).toContain('Your PIN is set');
  expect(await text(OLIVE, `/lock ${numberOf(DAN)}`, OLIVE)).toContain('is locked');
  expect(await text(DAN, '/unlock 1111', DAN, /wrong/)).toContain('That PIN is wrong');
  expect(await text(DAN, '/unlock 4821', DAN, /Unlocked/)).toContain('Unlocked');
  expect(await text(DAN, 'are you there?')).toBe('Here I am');
  expect(await text(OLIVE, '/users')).toMatch(/Ben, member.*Cleo, guest/s);
});
