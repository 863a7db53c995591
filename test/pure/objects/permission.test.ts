import { expect, test } from 'vitest';
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
  expect(of.standing()).toBe('served');
  talk.on({ type: 'heartbeat' });
  expect(talk.state.turns[0]?.stopping).toBeNull();
  talk.isAllowed = false;
  expect(of.standing()).toBe('known');
  talk.on({ type: 'heartbeat' });
  expect(talk.state.turns[0]?.stopping).not.toBeNull();
  expect(talk.effects).toEqual([{ do: 'interrupt', attempt: talk.ref }]);
});
