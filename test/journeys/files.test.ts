import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { personTexts, say, use } from '../../simulator/model/script.ts';
import type { CarrierMessage, InboundRequest } from '../../simulator/twilio/carrier-types.ts';
import { texts } from '../../src/texts/index.ts';
import { uncopied, unfinished } from './rows.ts';
import { BACKED_UP, type Stack, startStack } from './stack.ts';

// Files on their whole way. A photo: from the carrier, one redirect away, through the relay to the machine and to the
// model; and a reply that quotes the answer about it. A file of the agent: from the project through the relay's bucket
// to the carrier, which fetches it like Twilio, and onto the phone; one that is too large for the chat is a link. In the
// end the machine's disk is lost with everybody's files.

const OURS = 'whatsapp:+15555550100';
const EVE = 'whatsapp:+15555550151';
const ROBIN = 'whatsapp:+15555550152';
const SOON = { timeout: 60_000, interval: 50 };
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const DOT = Buffer.from(PIXEL, 'base64');
const LARGE = 17_000_000;
const OPERATOR_TOKEN = 'operator-token-of-this-journey';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ vars: { ...BACKED_UP, OPERATOR_TOKEN } });
});
afterAll(() => stack?.stop());

/** The agent makes the file with `command`, sends it, and answers with the tool's result. */
function sends(text: string, command: string, path: string, caption: string): void {
  stack.script(text, (request) => {
    const entries = readConversation(request);
    const begun = entries.findLastIndex((entry) => entry.kind === 'person' && entry.text === text);
    const results = entries.slice(begun).flatMap((entry) => (entry.kind === 'result' ? [entry.text] : []));
    if (results.length === 0) return use('Bash', { command });
    return results.length === 1 ? use('mcp__roost__send_file', { path, caption }) : say(`Told: ${results[1]}`);
  });
}

/** Eve texts, and this resolves with all resulting messages. */
async function all(text: string): Promise<CarrierMessage[]> {
  const toEve = (): CarrierMessage[] => stack.carrier.messages().filter(({ to }) => to === EVE);
  const before = toEve().length;
  stack.text(EVE, text);
  await stack.until(
    () =>
      toEve()
        .slice(before)
        // The carrier fetches the file a moment later.
        .some(({ body, media }) => body.startsWith('Told: ') || (body.includes('Told: ') && media.length > 0)),
    'the agent’s answer',
  );
  await vi.waitFor(
    () => expect(unfinished(stack.relay.objects, EVE).filter((row) => !row.includes('expire'))).toEqual([]),
    SOON,
  );
  return toEve()
    .slice(before)
    .filter(({ body }) => body !== texts.unreachable);
}

test('a picture is on the phone, byte by byte, with its words and the answer', async () => {
  sends('draw a hen', `printf %s ${PIXEL} | base64 -d > hen.png`, 'hen.png', 'A hen');
  const got = await all('draw a hen');
  expect(got.map(({ body }) => body)).toEqual([`A hen\n\nTold: ${texts.files.sent('hen.png')}`]);
  expect(got[0]?.media).toHaveLength(1);
  expect(got[0]?.media[0]).toMatchObject({ contentType: 'image/png', fileName: 'hen.png' });
  expect(Buffer.from(got[0]?.media[0]?.bytes ?? []).toString('base64')).toBe(PIXEL);
  const fetched = stack.carrier.traffic().filter(({ kind }) => kind === 'media');
  expect(fetched.map(({ method, status }) => [method, status])).toEqual([
    ['HEAD', 200],
    ['GET', 200],
  ]);
  // The address is enough: no name or password goes with it.
  expect(JSON.stringify(fetched.map(({ requestHeaders }) => requestHeaders))).not.toMatch(/authorization/i);
});

test('what is too large for the chat comes as a link, and behind it is the whole', async () => {
  const command = `(printf '%%PDF-1.4\\n'; head -c ${LARGE} /dev/zero) > plan.pdf`;
  sends('print the plan', command, 'plan.pdf', 'The plan');
  const got = await all('print the plan');
  expect(got.flatMap(({ media }) => media)).toEqual([]);
  expect(got.at(-1)?.body).toBe(`Told: ${texts.files.sentAsLink('plan.pdf')}`);
  const url = /http:\/\/\S+\/media\/\S+/.exec(got[0]?.body ?? '')?.[0] ?? '';
  expect(got[0]?.body).toContain(texts.files.link('plan.pdf', LARGE + 9, url));
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/pdf']);
  const whole = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(LARGE)]);
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  expect(digest(new Uint8Array(await answer.arrayBuffer()))).toBe(digest(whole));
  expect((await fetch(`${url.slice(0, -3)}AAA`)).status).toBe(404);
});

/** Sends, and resolves with the next message the product sends. */
async function photo(request: Omit<InboundRequest, 'from' | 'to'>): Promise<string> {
  const before = stack.sentTo(EVE).length;
  stack.carrier.receive({ from: EVE, to: OURS, ...request });
  return stack.until(() => stack.sentTo(EVE)[before], 'an answer');
}

test('a photo reaches the model as a picture and the project as a file', async () => {
  await photo({ body: 'say I see it', media: [{ contentType: 'image/png', fileName: null, bytes: DOT }] });
  const blocks = stack.model.requests.flatMap(({ request }) =>
    request.messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content)),
  );
  const picture = blocks.find(({ type }) => type === 'image') as unknown as { source: { data: string } } | undefined;
  expect(picture?.source.data).toBe(DOT.toString('base64'));
  const name = /\[photo: (photo-\d\.png), image\/png, \d+ B\]/.exec(JSON.stringify(blocks))?.[1] ?? 'no name';
  expect(await stack.ask(EVE, 'run: wc -c inbox/*')).toContain(`${DOT.byteLength} inbox/${name}`);
});

test('a reply brings what it quotes', async () => {
  // Nobody can quote a message before it reaches the phone; by then the relay knows its id at the carrier.
  const answer = await stack.until(
    () =>
      stack.carrier.messages().findLast((m) => m.to === EVE && m.body.includes('Output:') && m.status === 'delivered'),
    'the answer is on the phone',
  );
  const extra = { OriginalRepliedMessageSid: answer.sid, OriginalRepliedMessageSender: OURS };
  await photo({ body: 'say why', extra });
  // On a busy computer the first message may be that it has to wait.
  const seen = await stack.until(
    () =>
      stack.model.requests
        .map(({ request }) => JSON.stringify(request.messages))
        .findLast((m) => m.includes('say why')),
    'the model has the text',
  );
  expect(seen).toContain('[The person replies to this message of yours:]\\n> Output:');
});

/** Nothing runs, and nothing is left to back up. */
const atRest = (person: string): Promise<boolean> =>
  vi.waitUntil(
    () => unfinished(stack.relay.objects, person).length + uncopied(stack.relay.objects, person) === 0,
    SOON,
  );

/** The project on the machine that has this file. */
const projectWith = (file: string): string | undefined =>
  globSync(join(stack.machineFolder, 'conversations/*/projects/main', file)).map((path) => dirname(path))[0];

test('the machine’s disk is lost between two texts: the next machine goes on where the lost one was', async () => {
  const work = `echo one > plan.txt && git add . && git -c user.name=A -c user.email=a@example.com commit --quiet -m first &&
    echo two > plan.txt && echo SECRET=1 > .env && mkdir -p node_modules/x && echo x > node_modules/x/index.js`;
  stack.script('work', (request) =>
    readConversation(request).at(-1)?.kind === 'result' ? say('It is done.') : use('Bash', { command: work }),
  );
  expect(await stack.ask(ROBIN, 'my name is Robin')).toMatch(/Nice to meet you, Robin/);
  expect(await stack.ask(ROBIN, 'work')).toBe('It is done.');
  await atRest(ROBIN);
  const lost = projectWith('plan.txt') ?? '';
  expect(existsSync(join(lost, '.env'))).toBe(true);

  await stack.loseMachine();
  expect(existsSync(lost)).toBe(false);
  const before = stack.sentTo(ROBIN).length;
  stack.text(ROBIN, 'what is my name?');
  const [notice, answer] = await stack.until(() => {
    const sent = stack.sentTo(ROBIN).slice(before);
    return sent.length >= 2 && sent;
  }, 'the notice and the answer');
  expect(answer).toBe('Your name is Robin.');
  expect(notice).toContain(texts.archive.newMachine);
  expect(notice).toContain(texts.archive.sessionBack);
  expect(notice).toMatch(/The files in “main” are back/);
  expect(notice).toMatch(/set these up again if you need them: (\.env and node_modules|node_modules and \.env)\./);

  const project = projectWith('plan.txt') ?? '';
  expect(readdirSync(project).sort()).toEqual(['.git', 'plan.txt']);
  expect(readFileSync(join(project, 'plan.txt'), 'utf8')).toBe('two\n');
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: project, encoding: 'utf8' });
  expect(git('log', '--format=%s')).toBe('first\n');
  expect(git('status', '--porcelain')).toBe(' M plan.txt\n');

  expect(await stack.ask(ROBIN, 'say we go on')).toMatch(/^we go on/);
  const seen = stack.model.requests.map(({ request }) => personTexts(request)).at(-1);
  expect(seen).toEqual(['my name is Robin', 'work', 'what is my name?', 'say we go on']);
  await atRest(ROBIN);
  expect(stack.sentTo(ROBIN).filter((text) => text.includes(texts.archive.newMachine))).toHaveLength(1);
});

test('an operator reads the session of the lost machine and of the next one from its backup, without a machine', async () => {
  await stack.killMachine();
  const sessions = new Set(stack.kept.filter((key) => key.startsWith('sessions/')).map((key) => dirname(key)));
  const read = async (folder: string): Promise<string> => {
    const [, id, session] = folder.split('/');
    const answer = await fetch(`${stack.relay.url}/operator/people/${id}/sessions/${session}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, origin: stack.relay.url },
      body: new URLSearchParams({ reason: 'Robin asked for help' }),
    });
    expect(answer.status).toBe(200);
    return answer.text();
  };
  const pages = await Promise.all([...sessions].map(read));
  const [page = ''] = pages.filter((html) => html.includes('my name is Robin'));
  // Newest first: what the model was asked and said, and what its tool answered.
  const inOrder = ['we go on', 'Your name is Robin.', 'It is done.', 'SECRET=1', 'Nice to meet you, Robin'];
  expect(inOrder.map((words) => page.indexOf(words)).every((at, n, all) => at > (all[n - 1] ?? 0))).toBe(true);
  expect(page).not.toContain('could not be read');
});
