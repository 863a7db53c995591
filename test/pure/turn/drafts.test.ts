import { describe, expect, test } from 'vitest';
import { TELEGRAM } from '../../../src/channels/telegram/capabilities.ts';
import { findNextAlarm } from '../../../src/conversation/alarm.ts';
import type { Capabilities } from '../../../src/conversation/policy/channel.ts';
import { HEARTBEAT_MS, PROGRESS_FIRST_MS, THINKING_AFTER_MS } from '../../../src/conversation/policy/turn.ts';
import { newAddress } from '../../../src/conversation/state/person.ts';
import type { Message } from '../../../src/conversation/state/rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { MINUTE } from '../../../src/units.ts';
import { PIGEON } from '../../fixtures/pigeon/capabilities.ts';
import { channelsOf, PLACES } from '../channels.ts';
import { type Talk, talkOn } from '../conversation.ts';

// Progress on a channel with drafts: shown and replaced, never sent; the stop of a draft.

const UUID = '00000000-0000-5000-8000-000000000099';

const DRAFT = { refreshMs: 10_000, stopId: (turn: string) => `draft of ${turn}` };

function atWork(draft: Capabilities['draft']) {
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

test('a draft without words is shown until the agent has said something, then its newest words, as often as the channel needs it', () => {
  const { talk, beat } = atWork(DRAFT);
  const { turn } = talk.ref;
  beat(HEARTBEAT_MS);
  expect(talk.effects).toEqual([{ do: 'draft', to: 'pigeon:ann', turn, words: '' }]);
  talk.machine({ type: 'progress', text: 'Reading the code.' });
  beat(10_000);
  expect(talk.effects).toEqual([{ do: 'draft', to: 'pigeon:ann', turn, words: 'Reading the code.' }]);
  beat(9_000);
  expect(talk.effects).toEqual([]);
  talk.machine({ type: 'progress', text: 'Writing the test.' });
  beat(1_000);
  expect(talk.effects).toMatchObject([{ do: 'draft', turn, words: 'Writing the test.' }]);
});

test('typing names the person’s own text, not one that Roost added to the turn', () => {
  const { talk, beat } = atWork(null);
  const [asked] = talk.state.messages;
  if (asked === undefined) throw new Error('nothing was asked');
  const added = { ...asked, seq: 2, providerId: 'own/1', uuid: UUID };
  talk.state = { ...talk.state, messages: [asked, added] };
  beat(5_000);
  expect(talk.effects).toMatchObject([{ do: 'typing', messageId: asked.providerId }]);
});

test('a quick answer comes without a draft: at first typing is shown', () => {
  const { talk, beat } = atWork(DRAFT);
  // Its answer ends the typing.
  talk.text('/status');
  beat(THINKING_AFTER_MS - 1);
  expect(talk.effects).toMatchObject([{ do: 'typing', to: 'pigeon:ann' }]);
});

test('a draft without words stays there, for no more calls than typing takes', () => {
  const shownIn = (draft: Capabilities['draft'], minutes: number): number[] => {
    const { talk, beat } = atWork(draft);
    const begun = talk.now;
    const shown: number[] = [];
    while (talk.now - begun < minutes * MINUTE) {
      beat((findNextAlarm(talk.state, talk.now) ?? 0) - talk.now);
      if (talk.effects.some((effect) => effect.do === (draft === null ? 'typing' : 'draft'))) shown.push(talk.now);
    }
    return shown;
  };
  const [typing, drafts] = [shownIn(null, 10), shownIn(DRAFT, 10)];
  expect(drafts.length).toBeLessThanOrEqual(typing.length);
  // Telegram shows a draft for 30 s.
  const gaps = drafts.slice(1).map((at, nth) => at - (drafts[nth] ?? 0));
  expect(gaps.length).toBeGreaterThan((10 * MINUTE) / 30_000);
  expect(Math.max(...gaps)).toBeLessThan(30_000);
});

test.each([
  ['was stopped', { type: 'progress', text: 'Reading the code.' }, '/stop'],
  ['was answered, while its commands go on in the background', 'answer', null],
] as const)('nothing more is shown of a turn that %s', (_, event, text) => {
  const { talk, beat } = atWork(DRAFT);
  const uuids = talk.state.messages.map(({ uuid }) => uuid);
  const answer = { type: 'result', text: 'Done.', is_error: false, user_message_uuids: uuids, cost_usd: 0 } as const;
  talk.machine(event === 'answer' ? answer : event);
  if (text !== null) talk.text(text);
  beat(15_000);
  expect(talk.state.attempts.at(-1)?.state).toBe('running');
  expect(talk.effects.filter((effect) => effect.do === 'draft' || effect.do === 'typing')).toEqual([]);
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
  [DRAFT, 0],
  [null, 1],
])('with drafts %j there are %i messages of progress', (draft, messages) => {
  const { talk, beat } = atWork(draft);
  talk.machine({ type: 'progress', text: 'Reading the code.' });
  beat(PROGRESS_FIRST_MS);
  expect(talk.state.replies.filter(({ kind }) => kind === 'progress')).toHaveLength(messages);
});

describe('the stop of a draft', () => {
  /** A press, of which the channel says the id of the draft alone. */
  const press = (talk: Talk, draft: string | undefined): Message => talk.text('/stop', 0, { stops: `${draft}` });
  const isStopping = (talk: Talk): boolean => talk.effects.some((effect) => effect.do === 'interrupt');

  test('of the running turn is /stop, whatever joined the turn and however often it was tried', () => {
    const { talk } = atWork(DRAFT);
    const { turn } = talk.ref;
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, queueMode: 'steer' } };
    talk.text('and more');
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'restarted', cause: 'restarted' });
    talk.taken();
    expect(talk.ref).toEqual({ turn, n: 2 });
    press(talk, DRAFT.stopId(turn));
    expect(isStopping(talk)).toBe(true);
    expect(talk.bodies).toEqual([texts.stopped(['work', 'and more'])]);
  });

  test('of a turn that has ended stops nothing, drops nothing and is not answered', () => {
    const { talk } = atWork(DRAFT);
    const past = talk.ref.turn;
    const [work] = talk.state.messages;
    talk.answer('Done.', ...(work ? [work] : []));
    talk.text('the next task');
    talk.taken();
    talk.text('and then this');
    const before = talk.state;
    const pressed = press(talk, DRAFT.stopId(past));
    expect(talk.ref.turn).not.toBe(past);
    expect(talk.effects).toEqual([]);
    expect(talk.bodies).toEqual(['Done.']);
    expect(talk.state.messages).toEqual([...before.messages, { ...pressed, state: 'consumed' }]);
    expect([talk.state.turns, talk.state.timers]).toEqual([before.turns, before.timers]);
  });

  test('while nothing runs says nothing, whatever it names', () => {
    const talk = talkOn('pigeon:ann', 'pigeon:post');
    for (const draft of [DRAFT.stopId('T1'), '0']) press(talk, draft);
    expect(talk.bodies).toEqual([]);
    expect(talk.state.messages.map(({ state }) => state)).toEqual(['consumed', 'consumed']);
  });

  test('pressed again while the turn is stopping is the same press: what was texted since goes on waiting', () => {
    const { talk } = atWork(DRAFT);
    const draft = DRAFT.stopId(talk.ref.turn);
    press(talk, draft);
    const since = talk.text('do this instead');
    const told = talk.bodies;
    press(talk, draft);
    expect(talk.bodies).toEqual(told);
    expect(talk.state.messages.find(({ seq }) => seq === since.seq)?.state).toBe('waiting');
  });

  test('as Telegram names it: each turn has an id of its own, which is never 0', () => {
    const ids = ['01M8AAAAAAAAAAAAAAAAAAAAAA', '01M8AAAAAAAAAAAAAAAAAAAAAB', ''].map((turn) =>
      TELEGRAM.draft.stopId(turn),
    );
    expect(new Set(ids).size).toBe(3);
    expect(ids).not.toContain('0');
  });
});
