import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { say, use } from '../../simulator/model/script.ts';
import type { CarrierMessage, InboundRequest } from '../../simulator/twilio/carrier-types.ts';
import { texts } from '../../src/texts/index.ts';
import { unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// Files on their whole way. A photo: from the carrier, one redirect away, through the relay to the machine and to the
// model; and a reply that quotes the answer about it. A file of the agent: from the project through the relay's bucket
// to the carrier, which fetches it like Twilio, and onto the phone; one that is too large for the chat is a link.

const OURS = 'whatsapp:+15555550100';
const EVE = 'whatsapp:+15555550151';
const SOON = { timeout: 60_000, interval: 100 };
const ADA = 'whatsapp:+15555550171';
const BEN = 'whatsapp:+15555550172';
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const DOT = Buffer.from(PIXEL, 'base64');
const LARGE = 17_000_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

/** The agent makes the file with `command`, sends it, and answers with the tool's result. */
function sends(text: string, command: string, path: string, caption: string): void {
  stack.script(text, (request) => {
    const results = readConversation(request).flatMap((entry) => (entry.kind === 'result' ? [entry.text] : []));
    if (results.length === 0) return use('Bash', { command });
    return results.length === 1 ? use('mcp__roost__send_file', { path, caption }) : say(`Told: ${results[1]}`);
  });
}

/** Texts, and resolves with all resulting messages. */
async function all(person: string, text: string): Promise<CarrierMessage[]> {
  stack.text(person, text);
  await stack.until(() => stack.sentTo(person).some((body) => body.startsWith('Told: ')), 'the agent’s answer');
  await vi.waitFor(
    () => expect(unfinished(stack.relay.state, person).filter((row) => !row.includes('expire'))).toEqual([]),
    SOON,
  );
  return stack.carrier.messages().filter((message) => message.to === person);
}

test('a picture is on the phone, byte by byte, with its words', async () => {
  sends('draw a hen', `printf %s ${PIXEL} | base64 -d > hen.png`, 'hen.png', 'A hen');
  const got = await all(ADA, 'draw a hen');
  expect(got.map(({ body }) => body)).toEqual(['A hen', `Told: ${texts.files.sent('hen.png')}`]);
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
  const got = await all(BEN, 'print the plan');
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
  expect(JSON.stringify(blocks)).toMatch(/\[photo: photo-1\.png, image\/png, \d+ B\]/);
  expect(await stack.ask(EVE, 'run: wc -c inbox/*')).toContain(`${DOT.byteLength} inbox/photo-1.png`);
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
