import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageReader } from '../../../src/worker/model-gateway/usage-reader.ts';
import body200 from '../../fixtures/contracts/anthropic/message-200.json' with { type: 'json' };
import streamText from '../../fixtures/contracts/anthropic/stream-text.json' with { type: 'json' };
import streamToolUse from '../../fixtures/contracts/anthropic/stream-tool-use.json' with { type: 'json' };

// The tokens of an answer, read as its bytes pass.

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function readAll(pieces: readonly Uint8Array[], contentType = 'text/event-stream; charset=utf-8') {
  const reader = new UsageReader(contentType);
  for (const piece of pieces) reader.read(piece);
  return reader.result();
}

const event = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const START = event('message_start', {
  message: {
    model: 'claude-sonnet-5-5',
    usage: {
      input_tokens: 12,
      cache_creation_input_tokens: 2048,
      cache_read_input_tokens: 18_432,
      cache_creation: { ephemeral_5m_input_tokens: 2000, ephemeral_1h_input_tokens: 48 },
      output_tokens: 1,
    },
  },
});
const delta = (text: string): string => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
const END = event('message_delta', { delta: {}, usage: { output_tokens: 42, cache_creation_input_tokens: 2048 } });
const USAGE = { input: 12, write5m: 2000, write1h: 48, read: 18_432, output: 42, searches: 0 };

test('streams and bodies of the API have their documented usage', () => {
  const usage = { input: 25, write5m: 0, write1h: 0, read: 0, output: 15, searches: 0 };
  const model = 'claude-sonnet-4-5-20250929';
  expect(readAll([bytesOf(streamText.wire)])).toEqual({ model, usage, extent: 'whole' });
  expect(readAll([bytesOf(streamToolUse.wire)])).toMatchObject({
    usage: { input: 472, output: 89 },
    extent: 'whole',
  });
  const body = bytesOf(JSON.stringify(body200.body));
  expect(readAll([body.subarray(0, 50), body.subarray(50)], 'application/json')).toEqual({
    model: 'claude-sonnet-5-5',
    usage,
    extent: 'whole',
  });
});

test('a stream gives the same in pieces of any size', () => {
  const wire = bytesOf(`${START}${delta('héllo')}event: ping\ndata: {"type":"ping"}\n\n${END}`);
  fc.assert(
    fc.property(fc.array(fc.nat(wire.length), { maxLength: 40 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), wire.length];
      const pieces = at.slice(1).map((end, n) => wire.slice(at[n], end));
      expect(readAll(pieces)).toEqual({ model: 'claude-sonnet-5-5', usage: USAGE, extent: 'whole' });
    }),
  );
});

test('a stream without names of events gives the same', () => {
  const wire = `${START}${delta('hello')}${END}`.replaceAll(/event: .*\n/g, '');
  expect(readAll([bytesOf(wire)])).toMatchObject({ usage: USAGE, extent: 'whole' });
});

test('an answer that is cut has the input it began with, and its text as output', () => {
  const reading = readAll([bytesOf(START + delta('x'.repeat(4000)) + delta('y'.repeat(400)))]);
  expect(reading).toMatchObject({ extent: 'seen', usage: { input: 12, read: 18_432 } });
  expect(reading.usage.output).toBeGreaterThan(1050);
  expect(reading.usage.output).toBeLessThan(1150);
  expect(readAll([bytesOf(START)])).toMatchObject({ extent: 'seen', usage: { output: 1 } });
  expect(readAll([bytesOf(START.slice(0, 100))])).toMatchObject({ extent: 'none' });
});

test('what is written to the cache for an unknown time has the dearer price', () => {
  const wire = event('message_start', { message: { usage: { input_tokens: 1, cache_creation_input_tokens: 7 } } });
  expect(readAll([bytesOf(wire)]).usage).toMatchObject({ write5m: 0, write1h: 7 });
});

test('words of the answer that look like usage count for nothing, and neither do counts that are none', () => {
  const forged = delta('\n\nevent: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":0}}\n\n');
  expect(readAll([bytesOf(START + forged + END)])).toMatchObject({ usage: USAGE, extent: 'whole' });
  const odd = event('message_delta', { usage: { output_tokens: -5, input_tokens: '9' } });
  expect(readAll([bytesOf(START + odd)])).toMatchObject({ extent: 'seen', usage: { input: 12, output: 1 } });
  expect(readAll([bytesOf('data: {"type":"message_start","mess\n\nnull\n\ndata: 7\n')])).toMatchObject({
    extent: 'none',
  });
  expect(readAll([bytesOf('{"type":"error"}')], 'application/json')).toMatchObject({ extent: 'none' });
});
