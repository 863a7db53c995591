import { describe, expect, test } from 'vitest';
import { WINDOW_MS } from '../../../src/conversation/policy/outbox.ts';
import type { Failure } from '../../../src/conversation/state/failure.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { PLACES } from '../channels.ts';
import { CODE, Home } from '../home.ts';

// A link that gives rights never leaves by SMS, whose sender can be forged, unless it was asked for there.

const LINK = 'https://relay.example.com/operator/login/x';

class Asked extends Home {
  link(): this {
    this.on({ type: 'notify', id: 'L', kind: 'notice', text: LINK });
    return this;
  }

  linksBySms(refuses?: (reply: Reply) => Failure | null): string[] {
    return this.leaves(refuses).filter((sent) => sent.startsWith('sms:') && sent.includes(LINK));
  }

  /** It goes where it may once the person writes there. */
  comesOnWhatsApp(): void {
    this.from('whatsapp', '/verbose');
    expect(this.leaves()).toContain(`whatsapp: ${LINK}`);
  }
}

describe('a link that gives rights', () => {
  test.each(['rate', 'account', 'blocked', 'window'] as const)(
    'that WhatsApp took, and refused as %s after the person wrote by SMS, stays on WhatsApp',
    (failure) => {
      const talk = new Asked('sms');
      talk.from('whatsapp', '/verbose');
      talk.link().leaves();
      // With one more text there, also a closed window is tried again.
      if (failure === 'window') {
        talk.now += 60_000;
        talk.from('whatsapp', '/verbose');
      }
      talk.from('sms', '/verbose');
      talk.leaves();
      const { id, attempt, sid } = talk.state.replies.find((r) => r.id === 'L') as Reply;
      const errorCode = CODE[failure] ?? 63018;
      talk.on({ type: 'status', reply: id, attempt, sid: sid ?? '', status: 'failed', errorCode, failure });
      talk.now += 600_000;
      expect(talk.linksBySms()).toEqual([]);
      const waits = talk.state.replies.filter((r) => r.body === LINK && r.id !== 'L');
      expect(waits).toMatchObject([{ to: PLACES.whatsapp.address }]);
    },
  );

  test('that an operator sends again goes to the channel for which it was', () => {
    const talk = new Asked('sms');
    talk.from('whatsapp', '/verbose');
    talk.leaves();
    talk.now += WINDOW_MS;
    talk.link().leaves();
    talk.from('sms', '/verbose');
    talk.on({ type: 'resend', reply: 'L' });
    expect(talk.linksBySms()).toEqual([]);
    talk.comesOnWhatsApp();
  });

  test('that waited while the conversation was locked waits on, where an SMS unlocks it', () => {
    const talk = new Asked('sms');
    talk.from('sms', '/verbose');
    talk.text('/pin', 0, { secret: '4821' });
    talk.leaves();
    talk.link().from('whatsapp', '/lock');
    talk.leaves();
    talk.from('sms', '/unlock', '4821');
    expect(talk.linksBySms()).toEqual([]);
    expect(talk.state.replies.find(({ id }) => id === 'L')?.state).toBe('held');
    talk.comesOnWhatsApp();
  });

  test('is merged with no answer, so that it is known for what it is when they move', () => {
    const talk = new Asked('telegram', 'sms');
    const text = talk.from('telegram', 'do it');
    talk.taken();
    talk.link().answer('done', text);
    const shuts = ({ to }: Reply): Failure | null => (to === PLACES.telegram.address ? 'window' : null);
    talk.leaves(shuts);
    talk.from('telegram', '/verbose');
    talk.from('sms', '/verbose');
    expect(talk.linksBySms(shuts)).toEqual([]);
  });

  test('is merged with no news for the channel that was chosen for them', () => {
    const talk = new Asked('sms');
    talk.from('sms', '/reach sms');
    talk.from('whatsapp', '/verbose');
    talk.leaves();
    talk.now += WINDOW_MS;
    talk.news('It rains.');
    talk.link();
    holdOnWhatsApp(talk);
    talk.from('whatsapp', '/verbose');
    const sent = talk.leaves();
    expect(sent).toContain('sms: It rains.');
    expect(sent).toContain(`whatsapp: ${LINK}`);
  });
});

test('a code that lets somebody in stays on its channel, too, where no link is beside it', () => {
  const talk = new Home('telegram', 'sms');
  talk.from('sms', '/verbose');
  talk.from('telegram', '/verbose');
  talk.leaves();
  const text = texts.access.invitation('45ME-TXW7', 'admin', { address: '+15555550100', channel: 'SMS', url: null });
  talk.on({ type: 'notify', id: 'J', kind: 'notice', text });
  const shuts = ({ to }: Reply): Failure | null => (to === PLACES.telegram.address ? 'window' : null);
  expect(talk.leaves(shuts).filter((sent) => sent.includes('45ME-TXW7'))).toEqual([]);
  talk.from('telegram', '/verbose');
  expect(talk.leaves()).toContain(`telegram: ${text}`);
});

test('held news leave where the person chose, and a held answer where they write', () => {
  const talk = new Home('sms');
  talk.from('sms', '/reach sms');
  const asked = talk.from('whatsapp', 'do it');
  talk.taken();
  talk.leaves();
  talk.news('It rains.');
  talk.answer('done', asked);
  holdOnWhatsApp(talk);
  talk.from('whatsapp', '/verbose');
  const sent = talk.leaves();
  expect(sent).toContain('sms: It rains.');
  expect(sent).toContain('whatsapp: done');
});

function holdOnWhatsApp(talk: Home): void {
  const { address: to, senders } = PLACES.whatsapp;
  const held = { from: senders[0], to, state: 'held' } as const;
  talk.state = { ...talk.state, replies: talk.state.replies.map((r) => (r.state === 'ready' ? { ...r, ...held } : r)) };
}
