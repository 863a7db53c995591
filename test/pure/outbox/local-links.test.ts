import { describe, expect, test } from 'vitest';
import { TELEGRAM } from '../../../src/channels/telegram/capabilities.ts';
import { CAPTION_MAX, TEXT_MAX } from '../../../src/channels/telegram/text.ts';
import { composeWords } from '../../../src/conversation/outbox/carrier-outage.ts';
import { texts } from '../../../src/texts/index.ts';
import { type Talk, talkOn } from '../conversation.ts';

// In a local run our links lead to this computer. A simulated phone opens them there; a real one can't.

const HERE = 'http://127.0.0.1:8787/';
const GITHUB = 'http://127.0.0.1:4050/';
const phone = (simulated: string[] = ['whatsapp', 'sms']): Talk => {
  const talk = talkOn('telegram:4815', 'telegram:1001', { simulated, localLinks: [HERE, GITHUB], connects: 'form' });
  const context = talk.context.bind(talk);
  talk.context = () => ({
    ...context(),
    pageUrl: (page) => `${HERE}read/${page}`,
    accountUrl: (link) => `${HERE}account/${link}`,
  });
  return talk;
};
const answered = (talk: Talk, text: string, summary?: string): Talk => {
  const message = talk.text('hello');
  talk.taken();
  const done = { type: 'result' as const, text, is_error: false, cost_usd: 0, user_message_uuids: [message.uuid] };
  talk.machine({ ...done, ...(summary ? { summary } : {}) });
  return talk;
};
/** The newest reply as it leaves. */
const leaving = (talk: Talk): string => composeWords(talk.state, talk.reply(), talk.context());
const LONG = Array.from({ length: 9 }, (_, n) => `Part ${n}`).join('\n\n');
const everywhere = ['whatsapp', 'sms', 'telegram'];

describe('a long answer', () => {
  test('comes by /more where the phone can’t open its page', () => {
    const talk = answered(phone(), LONG);
    expect(talk.bodies).toEqual(['Part 0\n\n8 more: text /more.']);
    expect(leaving(talk)).toBe('Part 0\n\n8 more: text /more.');
    expect(answered(phone(), LONG, 'Short.').bodies).toEqual(['Short.\n\n9 more: text /more.']);
  });

  test('has the link of its page where the phone is simulated', () => {
    const talk = answered(phone(everywhere), LONG);
    expect(leaving(talk)).toContain(`Full answer: ${HERE}read/`);
    expect(leaving(talk)).not.toContain(texts.opensHere);
  });
});

test.each([
  ['of the relay', `Log in: ${HERE}operator/login/abc`],
  ['of the stand-in for a git host', `It’s pull request #1: ${GITHUB}github.com/robin/shop/pull/1`],
])('a link %s says where it opens, on a real phone alone', (_, words) => {
  expect(leaving(answered(phone(), words))).toBe(`${texts.opensHere}\n\n${words}`);
  expect(leaving(answered(phone(everywhere), words))).toBe(words);
});

test('the words of a command’s link say it, and other links don’t', () => {
  const talk = phone();
  talk.text('/github');
  expect(talk.bodies.at(-1)).toContain(`${HERE}account/`);
  expect(leaving(talk).startsWith(`${texts.opensHere}\n\n`)).toBe(true);
  const words = 'See https://example.com/ and http://127.0.0.1:87870/.';
  expect(leaving(answered(phone(), words))).toBe(words);
});

test('the line has room beside all others', () => {
  const { limits, operator } = TELEGRAM;
  const waited = texts.readyBefore('on Wednesday 30 September at 12:30 p.m.', operator);
  const lines = [texts.mayRepeat, waited, texts.opensHere, ''].join('\n\n').length;
  expect(lines + limits.caption).toBeLessThanOrEqual(CAPTION_MAX);
  expect(lines + limits.text).toBeLessThanOrEqual(TEXT_MAX);
});
