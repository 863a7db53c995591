import { expect, test } from 'vitest';
import { packetPassage, plainPassage } from '../../src/worker/connect-gateway/answer.ts';
import { download, openSource, readPush, readWhole } from '../../src/worker/connect-gateway/transfer.ts';

// An answer of a git host on its way through the relay, when one side stands still.

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const NEVER = new Promise<never>(() => undefined);

/** A host's answer, and whether the relay has left it. */
function answering(pull: (controller: ReadableByteStreamController) => void | Promise<void>) {
  const left = Promise.withResolvers<void>();
  const body = new ReadableStream({ type: 'bytes', pull, cancel: () => left.resolve() });
  return { body, left: left.promise };
}

test('a machine that takes nothing holds no answer open', async () => {
  const { body, left } = answering((controller) => controller.enqueue(new Uint8Array(65_536)));
  const { promise: broken, resolve: end } = Promise.withResolvers<unknown>();
  const answer = download(
    body,
    plainPassage(() => undefined),
    NEVER,
    end,
    50,
  );
  expect(String(await Promise.race([broken, sleep(5_000)]))).toContain('the machine takes nothing');
  await left;
  await expect(answer.getReader().read()).rejects.toThrow();
});

test('a host that drips has two seconds to end a packet of an answer that is cut', async () => {
  const pieces = [new TextEncoder().encode('ffee\u0001')];
  const { promise: cut, resolve: cuts } = Promise.withResolvers<string>();
  const { body, left } = answering(async (controller) => {
    if (pieces.length === 0) await sleep(300);
    controller.enqueue(pieces.pop() ?? Uint8Array.of(120));
  });
  const answer = download(body, packetPassage(), cut, () => undefined).getReader();
  await answer.read();
  cuts('no account');
  const read = (async () => {
    while (!(await answer.read()).done);
  })();
  await expect(Promise.race([read, sleep(6_000)])).rejects.toThrow('went silent');
  await left;
});

test('what is read before it goes on comes in time', async () => {
  const silent = () => answering(() => NEVER).body;
  await expect(readWhole(silent(), 100, 50)).rejects.toThrow('a body came too slowly');
  await expect(readPush(openSource(silent()), 50)).rejects.toThrow('a body came too slowly');
});
