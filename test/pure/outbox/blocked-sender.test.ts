import { describe, expect, test } from 'vitest';
import { classifyError } from '../../../src/channels/twilio/errors.ts';
import { BLOCKED_AGAIN_MS, DOUBT_MS, TRIAL_MS, WINDOW_MS } from '../../../src/conversation/policy/outbox.ts';
import { senderOfDoubt } from '../../../src/conversation/state/blocked-sender.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// A sender that WhatsApp has shut out: its replies are held and tried rarely, one refusal alone stays a matter of words.

const SENDER = 'whatsapp:+15555550100';
const SMS = '+15555550100';

/** The carrier takes everything, and says later that it was refused. */
class Shut extends Talk {
  code: number | null = 63013;
  readonly tried: string[] = [];

  says(...words: string[]): this {
    for (const text of words) this.on({ type: 'notify', id: this.context().id(), kind: 'answer', text });
    return this.leaves();
  }

  leaves(): this {
    for (let n = 0; n < 50; n++) {
      this.now += 2000;
      this.on({ type: 'send-begin', shown: null });
      const reply = this.state.replies.find(({ state }) => state === 'sending');
      if (!reply) continue;
      this.tried.push(reply.body);
      this.on({ type: 'send-accepted', reply: reply.id, attempt: reply.attempt, sid: `SM${reply.id}` });
      if (this.code === null || reply.from !== SENDER) this.hears(reply, 'delivered', null);
      else this.hears(reply, 'failed', this.code);
    }
    return this;
  }

  hears({ id, attempt }: Reply, status: 'failed' | 'delivered', errorCode: number | null): void {
    const failure = errorCode === null ? null : classifyError(errorCode);
    this.on({ type: 'status', reply: id, attempt, sid: `SM${id}`, status, errorCode, failure });
  }

  waits(ms: number): this {
    this.now += ms;
    for (const timer of this.state.timers.filter((t) => t.dueAt <= this.now)) this.on({ type: 'timer', timer });
    return this.leaves();
  }

  get held(): string[] {
    return this.state.replies.filter(({ state }) => state === 'held').map(({ body }) => body);
  }
  get causes(): string[] {
    return this.state.timers.filter(({ kind }) => kind === 'alert').map(({ ref }) => ref);
  }
}

const told = texts.undelivered('answer', 'content') as string;

describe('refused as against the rules', () => {
  test('two replies: the sender counts as blocked, both are held and nothing more is tried', () => {
    const talk = new Shut().says('one', 'two', 'three');
    expect(talk.tried).toEqual(['one', 'two']);
    expect(talk.held).toEqual(['one', 'two', 'three']);
    expect(talk.state.replies.filter(({ state }) => state === 'parked')).toEqual([]);
    expect(talk.causes).toEqual(['against-policy/63013', 'sender-blocked/63013']);
  });

  test('one reply: the person hears of it, and that arrives, so the words stay with the operator', () => {
    const talk = new Shut();
    talk.on({ type: 'notify', id: 'A', kind: 'answer', text: 'one' });
    talk.on({ type: 'send-begin', shown: null });
    talk.on({ type: 'send-accepted', reply: 'A', attempt: 1, sid: 'SMA' });
    talk.hears(talk.state.replies[0] as Reply, 'failed', 63013);
    talk.code = null;
    talk.leaves();
    expect(talk.tried).toEqual([told]);
    expect(talk.held).toEqual([]);
    expect(talk.state.replies.find(({ body, state }) => body === 'one' && state === 'parked')?.errorCode).toBe(63013);
    expect(talk.causes).toEqual(['against-policy/63013']);
    expect(talk.says('two').tried.at(-1)).toBe('two');
  });

  test('alone for a day: it was the words', () => {
    const talk = new Shut().says('one');
    talk.state = { ...talk.state, replies: talk.state.replies.filter(({ kind }) => kind === 'answer') };
    talk.state = { ...talk.state, timers: talk.state.timers.filter(({ kind }) => kind !== 'blocked') };
    expect(talk.waits(DOUBT_MS).held).toEqual(['one']);
  });
});

describe('shut out', () => {
  test.each([63001, 63002, 63020, 63051, 63112])(
    '%i: at the first reply, and one is tried ever more rarely',
    (code) => {
      const talk = new Shut();
      talk.code = code;
      talk.says('one', 'two');
      expect(talk.tried).toEqual(['one']);
      for (const [n, wait] of BLOCKED_AGAIN_MS.entries()) {
        expect(talk.waits(wait - 200_000 - 1).tried).toHaveLength(n + 1);
        expect(talk.waits(200_001).tried).toHaveLength(n + 2);
      }
      expect(talk.held.toSorted()).toEqual(['one', 'two']);
      expect(talk.causes).toEqual([`sender-blocked/${code}`]);
    },
  );

  test.each(['delivered', 'silent'] as const)('no longer (%s): all that waited leaves in order', (how) => {
    const talk = new Shut();
    talk.code = 63112;
    talk.says('one', 'two', 'three');
    if (how === 'delivered') talk.code = null;
    else talk.hears = () => {};
    talk.waits(BLOCKED_AGAIN_MS[0]);
    if (how === 'silent') talk.waits(TRIAL_MS);
    expect(talk.tried).toEqual(['one', 'one', 'two', 'three']);
    expect(talk.held).toEqual([]);
    expect(talk.causes).toContain('sender-unblocked');
    expect(talk.state.timers.filter(({ kind }) => kind === 'blocked' || kind === 'doubt')).toEqual([]);
  });

  test('the person’s text on that number frees nothing, on another channel everything', () => {
    const talk = new Shut();
    talk.code = 63112;
    talk.says('one', 'two');
    const first = talk.text('/status');
    expect(talk.leaves().held.slice(0, 2)).toEqual(['one', 'two']);
    const next = { seq: 2, providerId: 'SM2', uuid: '00000000-0000-5000-8000-000000000002' };
    talk.on({ type: 'message', message: { ...first, ...next, from: '+15555550123', to: '+15555550100' } });
    expect(talk.leaves().held).toEqual([]);
    expect(talk.tried.slice(1).join(' ')).toContain('one\n\ntwo');
  });

  test('/status says which replies wait for it, and that another channel gets them', () => {
    const talk = new Shut();
    talk.code = 63112;
    talk.says('one').text('/status');
    const [, answer = ''] = talk.leaves().held;
    expect(answer).toContain('1 reply waits: I can’t send on WhatsApp for now.');
    expect(answer).not.toContain('on its way');
  });

  test('an alert leaves by a sender that may write to any number, and nothing else does', () => {
    const talk = new Shut(0, { senders: [SMS] });
    talk.code = 63112;
    talk.says('one');
    talk.on({ type: 'notify', id: 'A', kind: 'alert', text: 'It rains.' });
    expect(talk.leaves().tried).toEqual(['one', `${texts.reach.moved('WhatsApp')}\n\nIt rains.`]);
    expect(talk.state.replies.at(-1)).toMatchObject({ from: SMS, to: '+15555550123', state: 'delivered' });
    expect(talk.held).toEqual(['one']);
  });

  test('the operator’s “send again” is a trial at once', () => {
    const talk = new Shut();
    talk.code = 63112;
    talk.says('one', 'two');
    talk.code = null;
    talk.on({
      type: 'resend',
      reply: talk.state.replies.find(({ body, state }) => body === 'two' && state === 'held')?.id ?? '',
    });
    expect(talk.leaves().tried).toEqual(['one', 'two', 'one']);
  });

  test('a trial that couldn’t leave ends nothing: the window is closed, and nobody hears that the block is over', () => {
    const talk = new Shut();
    talk.text('/verbose');
    talk.code = 63112;
    talk.leaves();
    const id = talk.state.replies.find(({ state }) => state === 'held')?.id ?? '';
    talk.now += WINDOW_MS;
    expect(talk.waits(0).tried).toHaveLength(1);
    talk.on({ type: 'resend', reply: id });
    expect(talk.leaves().waits(TRIAL_MS).tried).toHaveLength(1);
    expect(talk.causes).not.toContain('sender-unblocked');
    expect(talk.state.timers.filter(({ kind }) => kind === 'blocked' || kind === 'doubt')).toHaveLength(1);
  });

  test('words that a trial loses for another reason are still called lost', () => {
    const talk = new Shut();
    talk.code = 63112;
    talk.says('one');
    talk.code = 63021;
    talk.waits(BLOCKED_AGAIN_MS[0]);
    expect(talk.state.replies.filter(({ state }) => state === 'failed').map(({ body }) => body)).toEqual(['one']);
    expect(talk.held).toEqual([told]);
  });
});

test('words that one sender refuses put no other one in doubt, although the person writes there by now', () => {
  const talk = new Shut();
  talk.code = 63013;
  talk.on({ type: 'notify', id: 'A', kind: 'answer', text: 'one' });
  talk.on({ type: 'send-begin', shown: null });
  talk.on({ type: 'send-accepted', reply: 'A', attempt: 1, sid: 'SMA' });
  const first = talk.text('/verbose', 0, { providerId: 'SM1' });
  const next = { seq: 2, providerId: 'SM2', uuid: '00000000-0000-5000-8000-000000000002' };
  talk.on({ type: 'message', message: { ...first, ...next, to: 'whatsapp:+15555550101' } });
  talk.hears(talk.state.replies[0] as Reply, 'failed', 63013);
  expect(talk.state.timers.filter(({ kind }) => kind === 'doubt').map(senderOfDoubt)).toEqual([SENDER]);
  expect(talk.held).toEqual(['one']);
});
