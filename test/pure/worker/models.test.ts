import { expect, test } from 'vitest';
import { isModelAllowed } from '../../../src/config/allowed-models.ts';
import { ModelReader } from '../../../src/worker/model-gateway/model-name.ts';

// The model that a request names, whether it is allowed, and what is remembered of an attempt that asks for one.

test.each<[string, string | undefined, string[], boolean]>([
  // The requests of the pinned Claude Code without a model, and for opus, sonnet, haiku and claude-opus-4-8[1m].
  ['claude-opus-5-5', undefined, [], true],
  ['claude-sonnet-5-5', undefined, [], true],
  ['claude-sonnet-5-5', undefined, ['sonnet'], true],
  ['claude-haiku-5-5', 'claude-sonnet-5', [], true],
  ['claude-opus-4-8', 'claude-opus-4-8[1m]', [], true],
  ['claude-opus-5-5', 'opusplan', [], true],
  ['claude-opus-5-5', 'sonnet', [], false],
  ['claude-opus-5-5', 'claude-sonnet-5', ['opus'], true],
  ['claude-3-5-haiku-20241022', 'my-model', [], true],
  ['my-model', 'my-model', [], true],
  ['my-model', undefined, [], false],
  ['claude-opus-anything-dear', undefined, ['opus'], false],
  ['constructor', undefined, [], false],
])('%s with default %s and %j beside it: %s', (model, fallback, allowed, may) => {
  expect(isModelAllowed(model, { DEFAULT_MODEL: fallback, ALLOWED_MODELS: allowed })).toBe(may);
});

test.each<[string, string | undefined, boolean]>([
  ['{"model":"a"}', 'a', false],
  [' {\n "stream": true, "model" : "a\\"b" , "x":[{"model":"c"}]}', 'a"b', false],
  ['{"messages":[{"content":"\\"model\\":\\"b\\""}],"model":"a"}', 'a', false],
  ['{"model":"a","model":"b"}', 'a', true],
  ['{"model":"a","mod\\u0065l":"b"}', 'a', true],
  ['{"model":["a"]}', undefined, true],
  ['{"model":null,"x":"a"}', undefined, true],
  ['{"x":"model"}', undefined, false],
  ['{"é":"\\\\","model":"ü"}', 'ü', false],
])('%s names %s', (body, model, isAmbiguous) => {
  const whole = new ModelReader();
  whole.read(new TextEncoder().encode(body));
  const inPieces = new ModelReader();
  for (const byte of new TextEncoder().encode(body)) inPieces.read(Uint8Array.of(byte));
  for (const reader of [whole, inPieces]) expect([reader.model, reader.isAmbiguous]).toEqual([model, isAmbiguous]);
});
