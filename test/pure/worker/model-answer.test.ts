import { expect, test } from 'vitest';
import { troubleOf } from '../../../src/worker/model-gateway/answer.ts';

test.each([
  [200, {}, null],
  [400, {}, null],
  [404, {}, null],
  [413, {}, null],
  [401, {}, 'key'],
  [403, { 'content-type': 'application/json' }, 'key'],
  [403, { 'content-type': 'text/html' }, 'overloaded'],
  [402, {}, 'billing'],
  [429, { 'retry-after': '30' }, 'rate'],
  [429, {}, 'billing'],
  [500, {}, 'overloaded'],
  [529, {}, 'overloaded'],
])('the model’s answer %s %j is recognised', (status, headers, trouble) => {
  expect(troubleOf({ status, headers: new Headers(headers as Record<string, string>) })).toBe(trouble);
});
