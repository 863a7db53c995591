import { expect, test } from 'vitest';
import { classifyFailure } from '../../../src/machines/fly/responses.ts';

// The meaning of Fly’s refusals: documented bodies, and observed ones.

const of = (status: number, body: unknown, isName = false) =>
  classifyFailure(
    'POST /v1/x',
    { status, text: typeof body === 'string' ? body : JSON.stringify(body), retryAfter: null },
    isName,
  );

test.each<[number, unknown, string]>([
  [404, { error: 'Could not find App "my-app-name"' }, 'absent'],
  [401, { error: 'Authenticate: token validation error' }, 'denied'],
  [403, { error: 'not authorized' }, 'denied'],
  [
    403,
    { error: 'organization "example" is using 1970176 MB of memory in dfw which is over the allowed quota' },
    'quota',
  ],
  [402, { error: 'a payment method is needed' }, 'quota'],
  [412, { error: "failed_precondition: unable to start machine from current state: 'created'" }, 'busy'],
  [412, { error: 'failed_precondition: unable to destroy machine, not currently stopped' }, 'busy'],
  [
    412,
    { error: "insufficient resources to create new machine with existing volume 'vol_4y5gkog8p5kj839r'" },
    'no-capacity',
  ],
  [
    409,
    { error: 'aborted: could not reserve resource for machine: insufficient memory available to fulfill request' },
    'no-capacity',
  ],
  [409, { error: 'aborted: machine update failed due to concurrent update' }, 'busy'],
  [400, { error: 'no capacity' }, 'no-capacity'],
  [422, { error: 'could not find a candidate host', status: 'insufficient_capacity' }, 'no-capacity'],
  [412, { error: 'no room', status: 'volume_placement_capacity' }, 'no-capacity'],
  [503, { error: 'out of capacity', status: 'insufficient_capacity' }, 'no-capacity'],
  [408, null, 'busy'],
  [429, { error: 'rate limit exceeded' }, 'busy'],
  [500, { error: 'insufficient CPUs available to fulfill request' }, 'busy'],
  [502, '<html>bad gateway</html>', 'busy'],
  [400, { error: 'invalid config' }, 'refused'],
  [412, { error: 'something else' }, 'refused'],
  [418, '', 'refused'],
  [422, { error: 'Validation failed: Name has already been taken' }, 'refused'],
])('%i %j is %s', (status, body, kind) => {
  expect(of(status, body).kind).toBe(kind);
});

test.each<[unknown, string]>([
  ['', 'taken'],
  [{ error: 'Validation failed: Name has already been taken', status: 'name_taken' }, 'taken'],
  [{ error: 'uniqueness constraint violated' }, 'taken'],
  [{ error: 'Validation failed: Name under 63 chars using numbers, lowercase letters and dashes' }, 'refused'],
])('422 %j to a name is %s', (body, kind) => {
  expect(of(422, body, true).kind).toBe(kind);
});

test.each<[string | null, number | null]>([
  ['3', 3000],
  ['100000', 60_000],
  ['soon', null],
  [null, null],
])('Retry-After %s', (retryAfter, retryAfterMs) => {
  const failure = classifyFailure('GET /v1/x', { status: 429, text: '', retryAfter });
  expect(failure).toEqual({ kind: 'busy', reason: 'Fly answered 429 to GET /v1/x', retryAfterMs });
});
