import { expect, test } from 'vitest';
import { DEEP_TURN_MS } from '../../../src/conversation/policy/turn.ts';
import { attemptId } from '../../../src/conversation/state/state.ts';
import { Permission } from '../../../src/objects/permission.ts';
import { Talk } from '../conversation.ts';

// A person who was removed gets no further service, from the model's requests to the running turn.

const permission = (talk: Talk): Permission =>
  new Permission({ exists: () => true, load: () => talk.state } as never, () => talk.isAllowed);

test('a removed person is served nothing more, and their running turn is stopped', () => {
  const talk = new Talk();
  talk.text('go on for long');
  talk.taken();
  const of = permission(talk);
  const attempt = attemptId(talk.attempt);
  expect(of.modelLeave(attempt, { requests: 0, bytes: 0 })).toMatchObject({ standing: 'open' });
  expect(of.standing()).toBe('served');
  talk.on({ type: 'heartbeat' });
  expect(talk.state.turns[0]?.stopping).toBeNull();
  talk.isAllowed = false;
  expect(of.modelLeave(attempt, { requests: 0, bytes: 0 })).toMatchObject({ standing: 'removed' });
  expect(of.standing()).toBe('known');
  talk.on({ type: 'heartbeat' });
  expect(talk.state.turns[0]?.stopping).not.toBeNull();
  expect(talk.effects).toEqual([{ do: 'interrupt', attempt: talk.ref }]);
});

test('as many helpers as Claude Code runs at once, at full pace, stay within the bounds for all of the longest turn', () => {
  const talk = new Talk();
  talk.text('work with helpers');
  talk.taken();
  const of = permission(talk);
  // 20 at once, each with a request every 2 seconds: a tool and a short answer of the model. 40 KB at first, half a MB
  // on average.
  const minute = { requests: 20 * 30, bytes: 20 * 30 * 512 * 1024 };
  for (let at = 0; at < DEEP_TURN_MS; at += 60_000) {
    const leave = of.modelLeave(attemptId(talk.attempt), minute);
    expect([leave.standing, leave.requests >= minute.requests, leave.bytes >= minute.bytes]).toEqual([
      'open',
      true,
      true,
    ]);
  }
});

test('an attempt is served while it is open, up to its bounds', () => {
  const talk = new Talk();
  const message = talk.text('hello');
  talk.taken();
  const of = permission(talk);
  const attempt = attemptId(talk.attempt);
  expect(of.modelLeave(attempt, { requests: 0, bytes: 0 })).toMatchObject({ standing: 'open', requests: 1000 });
  expect(of.modelLeave(attempt, { requests: 149_900, bytes: 0 })).toMatchObject({ standing: 'open', requests: 100 });
  expect(of.modelLeave(attempt, { requests: 100, bytes: 0 })).toMatchObject({ standing: 'used-up' });
  const large = permission(talk);
  const nearlyAll = { requests: 0, bytes: 96 * 2 ** 30 - 100 };
  expect(large.modelLeave(attempt, nearlyAll)).toMatchObject({ standing: 'open', bytes: 100 });
  expect(large.modelLeave(attempt, { requests: 0, bytes: 100 })).toMatchObject({ standing: 'used-up' });
  talk.answer('done', message);
  expect(of.modelLeave(attempt, { requests: 0, bytes: 0 })).toMatchObject({ standing: 'ended' });
});
