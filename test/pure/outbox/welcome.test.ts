import { describe, expect, test } from 'vitest';
import { templateOf } from '../../../src/channels/whatsapp/buttons.ts';
import type { Policy } from '../../../src/conversation/policy/policy.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk, talkOn } from '../conversation.ts';

// The welcome: once, after the first answer, with three buttons.

const READERS = { carriers: ['WhatsApp', 'Twilio'], isMachineShared: false, isSimulated: false };
const WELCOME = texts.welcome.welcome(null, false, READERS);
/** The welcome describes Roost, names its readers and says how to stop it. */
const TOLD = [/coding agent/, /can read/, /stop/i];
const newcomer = (choices: Partial<Policy> = {}): Talk => new Talk(0, { welcomes: true, simulated: [], ...choices });
const exchange = (talk: Talk, words: string, answer = `to ${words}`): void => {
  const message = talk.text(words);
  talk.taken();
  talk.answer(answer, message);
};
const welcomes = (talk: Talk): number => talk.bodies.filter((body) => body.includes('a coding agent')).length;

describe('a newcomer', () => {
  test('is welcomed behind the first answer, and never again', () => {
    const talk = newcomer();
    exchange(talk, 'hi');
    expect(talk.bodies).toEqual(['to hi', WELCOME]);
    exchange(talk, 'more');
    talk.text('/status');
    expect(welcomes(talk)).toBe(1);
  });

  test('gets it only after the answer, whatever is said meanwhile', () => {
    const talk = newcomer();
    talk.text('hi');
    talk.taken();
    talk.text('and this');
    talk.fire('waiting');
    expect(talk.bodies).toEqual([texts.waiting(1)]);
  });

  test.each(['/help', '?'])('who asks for help is welcomed, and gets the topics when asking again: %s', (words) => {
    const talk = newcomer();
    talk.text(words);
    expect(talk.bodies).toEqual([WELCOME]);
    talk.text(words);
    expect(talk.bodies[1]).toContain('Text /help and a topic');
    expect(talk.bodies).toHaveLength(2);
  });

  test.each(['/status', '/help files'])('is answered first, then welcomed: %s', (words) => {
    const talk = newcomer();
    talk.text(words);
    expect(talk.bodies).toHaveLength(2);
    expect(talk.bodies[1]).toBe(WELCOME);
  });

  test('a person who sends a sticker, too', () => {
    const talk = newcomer();
    talk.text('', 0, { unread: 'sticker' });
    expect(talk.bodies).toEqual([texts.inbound.unread.sticker, WELCOME]);
  });

  test('is told who carries the texts where they write', () => {
    const channelOf = { carriers: ['Telegram'] };
    const talk = newcomer();
    const usual = talk.channels;
    talk.channels = (address) => ({ ...usual(address), ...channelOf });
    exchange(talk, 'hi');
    expect(talk.bodies[1]).toContain('the services it needs: Telegram, Cloudflare and the AI model.');
  });

  test('gets the name that was set up', () => {
    const talk = newcomer({ assistant: { name: 'Robin', tone: null } });
    exchange(talk, 'hi');
    expect(talk.bodies[1]).toBe(texts.welcome.welcome('Robin', false, READERS));
  });

  test('of a local run with a bot of their own is told that Telegram reads it', () => {
    const talk = talkOn('telegram:4815162342', 'telegram:1001', { welcomes: true });
    exchange(talk, 'hi');
    expect(talk.bodies[1]).toContain('the services it needs: Telegram, Cloudflare and the AI model.');
  });

  const simulated = ['whatsapp'];
  test.each([{ simulated }, { simulated, isMachineShared: true }])(
    'of a local run is told of no service that isn’t there: %j',
    (choices) => {
      const talk = newcomer(choices);
      exchange(talk, 'hi');
      talk.text('/me');
      for (const body of talk.bodies.slice(1)) {
        expect(body).toMatch(/can read this:\* the people who use this computer/);
        expect(body).not.toMatch(/Twilio|Cloudflare|and WhatsApp/);
      }
      expect(talk.bodies).toHaveLength(3);
    },
  );

  test('a person who opts out at once gets none', () => {
    const talk = newcomer();
    talk.text('STOP', 0, { optOut: 'stop' });
    expect(talk.bodies).toEqual([]);
  });

  test('is told in that one message what this is, three things to try, who can read it and how to stop', () => {
    const talk = newcomer();
    exchange(talk, 'hi');
    const { body, choices } = talk.reply(1);
    for (const fact of TOLD) for (const shown of [body, choices?.text]) expect(shown).toMatch(fact);
    for (const { title } of choices?.items ?? []) expect(choices?.text).not.toContain(title);
    for (const { says } of texts.welcome.tries) expect(body).toContain(says);
    expect(choices?.items).toHaveLength(3);
  });

  test('of a local run is told of no service that isn’t there by SMS, either', () => {
    const talk = talkOn('+15555550123', '+15555550100', { welcomes: true, simulated: ['sms'] });
    exchange(talk, 'hi');
    expect(talk.bodies[1]).toMatch(/can read this: the people who use this computer, and the AI model unless/);
    expect(talk.bodies[1]).not.toContain('carrier');
    expect(talk.bodies[1]).toMatch(/^[\x20-\x7e]{1,306}$/);
  });

  test('on SMS is told the same in two segments, without buttons', () => {
    const talk = talkOn('+15555550123', '+15555550100', { welcomes: true, simulated: [] });
    exchange(talk, 'hi');
    expect(talk.bodies).toEqual(['to hi', texts.welcome.short(null, READERS)]);
    expect(talk.reply(1).choices).toBeNull();
    for (const fact of TOLD) expect(talk.bodies[1]).toMatch(fact);
    // GSM 7-bit: any other letter would halve the room of a segment.
    expect(talk.bodies[1]).toMatch(/^[\x20-\x7e]{1,306}$/);
    expect(texts.welcome.short('Robin', { ...READERS, isMachineShared: true })).toMatch(/^[\x20-\x7e]{1,306}$/);
  });

  test('hears who else can reach their projects where people share a machine', () => {
    const talk = newcomer({ isMachineShared: true });
    exchange(talk, 'hi');
    talk.text('/me');
    const alone = newcomer();
    exchange(alone, 'hi');
    alone.text('/me');
    for (const n of [1, 2]) {
      expect(talk.bodies[n]).toContain('they can reach your projects');
      expect(alone.bodies[n]).not.toContain('reach your projects');
    }
  });
});

test.each([true, false])(
  'a person who has written before is not welcomed, even if it is switched on later (before: %s)',
  (was) => {
    const talk = newcomer({ welcomes: false });
    if (was) talk.state = { ...talk.state, conversation: { ...talk.state.conversation, welcomed: true } };
    exchange(talk, 'hi');
    Object.assign(talk.policy, { welcomes: true });
    exchange(talk, 'more');
    expect(welcomes(talk)).toBe(0);
  },
);

describe('its buttons', () => {
  const offer = () => {
    const talk = newcomer();
    exchange(talk, 'hi');
    return { talk, offer: talk.reply(1).choices };
  };
  const tap = (nth: number): Talk => {
    const { talk, offer: made } = offer();
    const { id = '', title = '' } = made?.items[nth] ?? {};
    talk.text(title, 0, { choice: id });
    return talk;
  };

  test('are three that the carrier shows', () => {
    const made = offer().offer;
    expect(made && templateOf(made)).toMatchObject({ types: { 'twilio/quick-reply': {} } });
  });

  test('do what they say', () => {
    expect(tap(0).state.messages.at(-1)).toMatchObject({ text: texts.welcome.tries[0].says, state: 'active' });
    expect(tap(1).state.schedules).toMatchObject([{ kind: 'text', prompt: 'this is how I remind you' }]);
    expect(tap(2).bodies.at(-1)).toContain('/help');
  });
});
