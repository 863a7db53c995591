import { expect, test } from 'vitest';
import { newAddress } from '../../../src/conversation/state/person.ts';
import { PLACES } from '../channels.ts';
import { type Talk, talkOn } from '../conversation.ts';

// A person shuts our sender on a channel out and lets it in again, and the channel says so.

const { address, senders } = PLACES.telegram;
const [sender] = senders;

function written(): Talk {
  const talk = talkOn(address, sender);
  talk.text('/status');
  send(talk);
  talk.now += 60_000;
  return talk;
}
function shut(talk: Talk, isShut: boolean, at = talk.now): void {
  talk.on({ type: 'shut', address, sender, isShut, at });
}
function send(talk: Talk): void {
  for (let n = 0; n < 10; n++) {
    talk.now = Math.max(talk.now, talk.state.conversation.paceUntil);
    talk.on({ type: 'send-begin' });
    const sending = talk.state.replies.find((r) => r.state === 'sending');
    if (!sending) continue;
    talk.on({ type: 'send-accepted', reply: sending.id, attempt: sending.attempt, sid: `tg:${sending.id}` });
  }
}
const news = (talk: Talk, text: string) => talk.on({ type: 'notify', id: `N ${text}`, kind: 'alert', text });
const states = (talk: Talk, text: string): string[] =>
  talk.state.replies.filter(({ body }) => body.includes(text)).map(({ state }) => state);

test('what comes meanwhile is held without a try, and leaves once they let us in again', () => {
  const talk = written();
  shut(talk, true);
  news(talk, 'harvest');
  send(talk);
  expect(states(talk, 'harvest')).toEqual(['held']);
  talk.now += 60_000;
  shut(talk, false);
  shut(talk, false);
  send(talk);
  talk.text('/help');
  send(talk);
  expect(states(talk, 'harvest')).toEqual(['replaced', 'accepted']);
});

test('what comes meanwhile leaves by another channel that is open', () => {
  const talk = written();
  const sms = PLACES.sms;
  talk.state = { ...talk.state, addresses: [newAddress(sms.address, 'text', 0)] };
  const window = { nudgedAt: null, movedAt: null, refusedAt: null, lastInboundAt: talk.now };
  talk.state = { ...talk.state, windows: [...talk.state.windows, { ...window, sender: sms.senders[0] }] };
  shut(talk, true);
  news(talk, 'harvest');
  send(talk);
  expect(talk.state.replies.find((r) => r.state === 'accepted' && r.body.includes('harvest'))?.to).toBe(sms.address);
});

test('news from before the newest text, or before the newest refusal, changes nothing', () => {
  const talk = written();
  const at = talk.now;
  talk.now += 5_000;
  talk.text('/status');
  shut(talk, true, at);
  expect(talk.state.windows[0]?.refusedAt).toBeNull();
  shut(talk, true, talk.now + 1);
  shut(talk, false, at);
  expect(talk.state.windows[0]?.refusedAt).toBe(talk.now + 1);
});

test('nobody else’s news counts', () => {
  const talk = written();
  talk.on({ type: 'shut', address: 'telegram:999', sender, isShut: true, at: talk.now });
  expect(talk.state.windows[0]?.refusedAt).toBeNull();
});

test('somebody with two accounts there who shuts us out of one is reached on the other', () => {
  const talk = written();
  const old = 'telegram:4815162300';
  talk.state = { ...talk.state, addresses: [newAddress(old, 'code', 0)] };
  talk.on({ type: 'shut', address: old, sender, isShut: true, at: talk.now });
  news(talk, 'harvest');
  send(talk);
  expect(talk.state.replies.find((r) => r.state === 'accepted' && r.body.includes('harvest'))?.to).toBe(address);
});
