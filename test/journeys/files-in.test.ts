import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InboundRequest } from '../../simulator/twilio/carrier-types.ts';
import { type Stack, startStack } from './stack.ts';

// A photo on its whole way: from the carrier, one redirect away, through the relay to the machine and to the model; and
// a reply that quotes the answer about it.

const OURS = 'whatsapp:+15555550100';
const ADA = 'whatsapp:+15555550151';
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

/** Sends, and resolves with the next message the product sends. */
async function send(request: Omit<InboundRequest, 'from' | 'to'>): Promise<string> {
  const before = stack.sentTo(ADA).length;
  stack.carrier.receive({ from: ADA, to: OURS, ...request });
  return stack.until(() => stack.sentTo(ADA)[before], 'an answer');
}

test('a photo reaches the model as a picture and the project as a file', async () => {
  await send({ body: 'say I see it', media: [{ contentType: 'image/png', fileName: null, bytes: PIXEL }] });
  const blocks = stack.model.requests.flatMap(({ request }) =>
    request.messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content)),
  );
  const picture = blocks.find(({ type }) => type === 'image') as unknown as { source: { data: string } } | undefined;
  expect(picture?.source.data).toBe(PIXEL.toString('base64'));
  expect(JSON.stringify(blocks)).toMatch(/\[photo: photo-1\.png, image\/png, \d+ B\]/);
  expect(await stack.ask(ADA, 'run: wc -c inbox/*')).toContain(`${PIXEL.byteLength} inbox/photo-1.png`);
});

test('a reply brings what it quotes', async () => {
  // Nobody can quote a message before it reaches the phone; by then the relay knows its id at the carrier.
  const answer = await stack.until(
    () =>
      stack.carrier.messages().findLast((m) => m.to === ADA && m.body.includes('Output:') && m.status === 'delivered'),
    'the answer is on the phone',
  );
  const extra = { OriginalRepliedMessageSid: answer.sid, OriginalRepliedMessageSender: OURS };
  await send({ body: 'say why', extra });
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
