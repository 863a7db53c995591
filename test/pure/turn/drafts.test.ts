import { expect, test } from 'vitest';
import { TELEGRAM } from '../../../src/channels/telegram/capabilities.ts';
import { PROGRESS_FIRST_MS } from '../../../src/conversation/policy/turn.ts';
import { newAddress } from '../../../src/conversation/state/person.ts';
import { PIGEON } from '../../fixtures/pigeon/capabilities.ts';
import { channelsOf, PLACES } from '../channels.ts';
import { talkOn } from '../conversation.ts';

// Progress on a channel with drafts: shown and replaced, never sent.

const UUID = '00000000-0000-5000-8000-000000000099';

function atWork(draft: { refreshMs: number } | null) {
  const talk = talkOn('pigeon:ann', 'pigeon:post');
  talk.channels = channelsOf({ ...PIGEON, typing: TELEGRAM.typing, draft });
  talk.text('work');
  talk.taken();
  talk.machine({ type: 'started' });
  const beat = (ms: number): void => {
    talk.now += ms;
    talk.on({ type: 'heartbeat' });
  };
  return { talk, beat };
}

test('typing is shown until the agent has said something, then its newest words, as often as the channel needs it', () => {
  const { talk, beat } = atWork({ refreshMs: 10_000 });
  beat(5_000);
  expect(talk.effects).toMatchObject([{ do: 'typing', to: 'pigeon:ann' }]);
  talk.machine({ type: 'progress', text: 'Reading the code.' });
  beat(10_000);
  const { turn } = talk.ref;
  expect(talk.effects).toEqual([{ do: 'draft', to: 'pigeon:ann', turn, words: 'Reading the code.' }]);
  beat(9_000);
  expect(talk.effects).toEqual([]);
  talk.machine({ type: 'progress', text: 'Writing the test.' });
  beat(1_000);
  expect(talk.effects).toMatchObject([{ do: 'draft', turn, words: 'Writing the test.' }]);
});

test.each([
  ['telegram', 'whatsapp', { do: 'draft', words: 'Reading the code.' }, 0],
  ['whatsapp', 'telegram', { do: 'typing', messageId: 'T1' }, 1],
] as const)(
  'a turn from %s shows what it does there, also once the person wrote from %s',
  (at, later, shown, messages) => {
    const { address, senders } = PLACES[at];
    const talk = talkOn(address, senders[0]);
    talk.state = { ...talk.state, addresses: [newAddress(PLACES[later].address, 'code', 0)] };
    const asked = talk.text('work', 0, { providerId: 'T1' });
    talk.taken();
    talk.machine({ type: 'started' });
    talk.machine({ type: 'progress', text: 'Reading the code.' });
    const { address: from, senders: ours } = PLACES[later];
    const status = { ...asked, seq: 2, providerId: 'T2', uuid: UUID, from, to: ours[0], text: '/status', turn: null };
    talk.on({ type: 'message', message: { ...status, state: 'waiting' } });
    talk.now += PROGRESS_FIRST_MS;
    talk.on({ type: 'heartbeat' });
    const effects = talk.effects.filter((effect) => effect.do === 'draft' || effect.do === 'typing');
    expect(effects).toEqual([expect.objectContaining({ ...shown, to: address })]);
    expect(talk.state.replies.filter(({ kind }) => kind === 'progress')).toHaveLength(messages);
  },
);

test.each([
  [{ refreshMs: 10_000 }, 0],
  [null, 1],
])('with drafts %j there are %i messages of progress', (draft, messages) => {
  const { talk, beat } = atWork(draft);
  talk.machine({ type: 'progress', text: 'Reading the code.' });
  beat(PROGRESS_FIRST_MS);
  expect(talk.state.replies.filter(({ kind }) => kind === 'progress')).toHaveLength(messages);
});
