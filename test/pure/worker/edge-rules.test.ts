import { describe, expect, test } from 'vitest';
import { foldNumber, isExternalAddress, numberOf, readNumber, schemeOf, spellingsOf } from '../../../src/addresses.ts';
import { channelOf, isKnownAddress, sendersOf } from '../../../src/channels/registry.ts';
import { classifyAnswer, findCandidates } from '../../../src/channels/twilio/send.ts';
import { isAllowed } from '../../../src/config/access.ts';
import { isSimulatedFor, localLinksOf, readConfig } from '../../../src/config/config.ts';
import { locationHintOf } from '../../../src/config/placement.ts';
import { servicesOf } from '../../../src/objects/services.ts';
import { agentUuidOf } from '../../../src/protocol/agent-uuid.ts';
import { mayKnock } from '../../../src/worker/stranger-limit.ts';

// The edge's rules: who may text, where an object is placed, what a configuration must contain, what an answer means.

describe('who may text', () => {
  test('an empty list allows nobody, * allows all', () => {
    expect(isAllowed('+15555550123', [], false)).toBe(false);
    expect(isAllowed('+15555550123', ['*'], false)).toBe(true);
  });

  test('on a simulated carrier an empty list allows made-up numbers only', () => {
    const made = ['+15555550123', '+12025550123', '+447700900123', '+15551234567', '+442079460123', '+33639980123'];
    for (const number of made) expect(isAllowed(number, [], true)).toBe(true);
    for (const number of ['+4915112345678', '+12024561111']) expect(isAllowed(number, [], true)).toBe(false);
    expect(isAllowed('+15555550123', ['+15555550199'], true)).toBe(false);
  });

  test('a simulated bot has made-up people, whose id has the digits of their number', () => {
    expect(isAllowed('telegram:15555550123', [], true)).toBe(true);
    expect(isAllowed('telegram:4815162342', [], true)).toBe(false);
    expect(isAllowed('telegram:15555550123', [], false)).toBe(false);
  });

  test.each([
    ['+5215512345678', '+525512345678'],
    ['+5491123456789', '+541123456789'],
    ['+5511987654321', '+551187654321'],
  ])('%s and %s are one person', (one, other) => {
    expect(foldNumber(one)).toBe(foldNumber(other));
    expect(isAllowed(one, [other], false)).toBe(true);
    expect(isAllowed(other, [one], false)).toBe(true);
    expect(spellingsOf(one).toSorted()).toEqual([one, other].toSorted());
    expect(spellingsOf(other)[0]).toBe(other);
  });

  test('in Brazil a landline is not the mobile number with a 9 before it', () => {
    expect(foldNumber('+5511923456789')).toBe('+5511923456789');
    expect(isAllowed('+551123456789', ['+5511923456789'], false)).toBe(false);
    expect(spellingsOf('+551123456789')).toEqual(['+551123456789']);
    expect(spellingsOf('+15555550123')).toEqual(['+15555550123']);
  });
});

test.each([
  ['whatsapp:+15555550123', '+15555550123'],
  ['+15555550123', '+15555550123'],
  ['whatsapp:US.13491208655302741918', null],
  ['whatsapp:DE.ENT.a9Z', null],
])('%s is an address, whose number is %s and counts nowhere else', (address, number) => {
  expect(isKnownAddress(address)).toBe(true);
  expect(readNumber(address)).toBe(number);
  expect(numberOf(address)).toBe(number ?? address);
  expect(isAllowed(numberOf(address), ['+15555550123'], false)).toBe(number !== null);
  expect(isAllowed(numberOf(address), [], true)).toBe(number !== null);
  if (number === null) expect(locationHintOf(numberOf(address))).toBeUndefined();
});

test('a number with a scheme that no channel has is no address', () => {
  expect(isKnownAddress('sms:+15555550123')).toBe(false);
  expect(isKnownAddress('pigeon:+15555550123')).toBe(false);
});

test.each([
  ['+15555550123', 'sms', '+15555550123'],
  ['telegram:4815162342', 'telegram', null],
  ['pigeon:+15555550123', 'pigeon', '+15555550123'],
])('%s is of the channel %s, with the number %s', (address, scheme, number) => {
  expect(schemeOf(address)).toBe(scheme);
  expect(readNumber(address)).toBe(number);
  expect(isExternalAddress(address)).toBe(number === null);
});

test.each([
  'US.1',
  'whatsapp:',
  'whatsapp:us.1',
  'whatsapp:USA.1',
  'whatsapp:US.',
  'whatsapp:US.1 ',
  'whatsapp:US.ENT.',
  'messenger:4815162342',
  'Whatsapp:+15555550123',
])('%j is no address', (text) => {
  expect(isKnownAddress(text)).toBe(false);
  expect(readNumber(text)).toBeNull();
});

test.each([
  ['+15555550123', 'enam'],
  ['+4915112345678', 'weur'],
  ['+48500123456', 'eeur'],
  ['+5511912345678', 'sam'],
  ['+61491570156', 'oc'],
  ['+919876543210', 'apac'],
  ['+971501234567', 'me'],
  ['+27821234567', 'afr'],
])('a conversation of %s begins near %s', (number, hint) => {
  expect(locationHintOf(number)).toBe(hint);
});

test('a message’s uuid is a version 5 uuid and always the same', async () => {
  const uuid = await agentUuidOf('SM00000000000000000000000000000001');
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(await agentUuidOf('SM00000000000000000000000000000001')).toBe(uuid);
  expect(await agentUuidOf('SM00000000000000000000000000000002')).not.toBe(uuid);
});

describe('the configuration', () => {
  const half = 'A'.repeat(43);
  const key = JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: half, d: half });
  const complete = {
    PUBLIC_URL: 'https://relay.example.com/',
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'token',
    TWILIO_SENDERS: 'whatsapp:+15555550100',
    ALLOWED_SENDERS: '+15555550123',
    MACHINE_URL: 'http://127.0.0.1:8080',
    MACHINE_SIGNING_KEY: key,
    ANTHROPIC_API_KEY: 'key',
  };
  const problems = (change: Record<string, string | undefined>): string[] => {
    const result = readConfig({ ...complete, ...change });
    return result.ok ? [] : result.problems;
  };

  test('that is complete is taken, with defaults', () => {
    const result = readConfig(complete);
    expect(result).toMatchObject({ ok: true, config: { GATHER_MS: 1000, PUBLIC_URL: 'https://relay.example.com' } });
    expect(result.ok && isSimulatedFor(result.config, '+15555550123')).toBe(false);
  });

  test('names for each channel whether it is simulated', () => {
    const here = 'http://127.0.0.1:4000';
    const local = { LOCAL_MODE: '1', PUBLIC_URL: 'http://127.0.0.1:8787', STATIC_SHARED: 'trusted' };
    const simulated = (change: Record<string, string>): boolean[] => {
      const result = readConfig({ ...complete, ...local, ...change });
      if (!result.ok) throw new Error(result.problems.join());
      return ['+15555550123', 'telegram:15555550123'].map((address) => isSimulatedFor(result.config, address));
    };
    expect(simulated({ TWILIO_API_URL: here, TELEGRAM_API_URL: here })).toEqual([true, true]);
    expect(simulated({ TWILIO_API_URL: here })).toEqual([true, false]);
    expect(simulated({ TELEGRAM_API_URL: here, LOCAL_MODE: '0' })).toEqual([false, false]);
  });

  test('of a full set is taken, and empty names count as absent', () => {
    const sid = `HX${'a1'.repeat(16)}`;
    const full = {
      ADMIN_SENDERS: '+15555550123, +15555550124',
      ALERT_WEBHOOK_URL: 'https://hooks.example.com/services/T0/',
      OPERATOR_TOKEN: 'x'.repeat(24),
      TWILIO_NUDGE_CONTENT_SID: sid,
      QUEUE_MODE: 'steer',
      MAX_PARTS: '20',
      DEFAULT_TIMEZONE: 'Asia/Kathmandu',
    };
    const read = (change: Record<string, string>) => {
      const result = readConfig({ ...complete, ...change });
      if (!result.ok) throw new Error(result.problems.join());
      const { ADMIN_SENDERS, ALERT_WEBHOOK_URL, OPERATOR_TOKEN } = result.config;
      const { TWILIO_NUDGE_CONTENT_SID, QUEUE_MODE, MAX_PARTS, DEFAULT_TIMEZONE } = result.config;
      const operators = { ADMIN_SENDERS, ALERT_WEBHOOK_URL, OPERATOR_TOKEN };
      return { ...operators, TWILIO_NUDGE_CONTENT_SID, QUEUE_MODE, MAX_PARTS, DEFAULT_TIMEZONE };
    };
    expect(read(full)).toEqual({ ...full, ADMIN_SENDERS: ['+15555550123', '+15555550124'], MAX_PARTS: 20 });
    // In the spelling of /timezone: otherwise people in India would be asked whether schedules move from Calcutta to
    // Kolkata.
    expect(read({ DEFAULT_TIMEZONE: 'Asia/Calcutta' }).DEFAULT_TIMEZONE).toBe('Asia/Kolkata');
    const empty = Object.fromEntries(Object.keys(full).map((name) => [name, '']));
    expect(read(empty)).toEqual({ ADMIN_SENDERS: [], QUEUE_MODE: 'collect', MAX_PARTS: 2 });
    expect(read({})).toEqual(read(empty));
  });

  test('says of a number, however it is written, who may write and who is an operator', () => {
    const lists = { ALLOWED_SENDERS: '+525512345678,+15555550123', ADMIN_SENDERS: '+525512345678' };
    const env = { ...complete, ...lists, STATIC_SHARED: 'trusted' };
    const { isAllowed: writes, isAdmin } = servicesOf(env as unknown as Env, 'ab'.repeat(32), () => null);
    const numbers = ['+5215512345678', '+525512345678', '+15555550123', '+15555550199'];
    expect(numbers.map((number) => [writes(number), isAdmin(number)])).toEqual([
      [true, true],
      [true, true],
      [true, false],
      [false, false],
    ]);
    const nobody = servicesOf({ ...env, ADMIN_SENDERS: '' } as unknown as Env, 'ab'.repeat(32), () => null);
    expect(numbers.filter((number) => nobody.isAdmin(number))).toEqual([]);
  });

  test('names everything that is missing or malformed at once', () => {
    const result = readConfig({ TWILIO_SENDERS: '+1 555', MACHINE_SIGNING_KEY: '{', ALLOWED_SENDERS: 'everybody' });
    const text = result.ok ? '' : result.problems.join('\n');
    for (const name of ['PUBLIC_URL is missing', 'TWILIO_ACCOUNT_SID is missing', 'TWILIO_AUTH_TOKEN is missing']) {
      expect(text).toContain(name);
    }
    for (const name of ['TWILIO_SENDERS must', 'MACHINE_SIGNING_KEY must be JSON', 'ALLOWED_SENDERS must']) {
      expect(text).toContain(name);
    }
    expect(text).toContain('MACHINE_URL is missing');
    expect(text).toContain('ANTHROPIC_API_KEY is missing');
  });

  test.each([
    ['one machine for several people, not said', { ALLOWED_SENDERS: '+15555550123,+15555550124' }, 'STATIC_SHARED'],
    ['one machine for everybody, not said', { ALLOWED_SENDERS: '*' }, 'STATIC_SHARED'],
    ['one machine for whom an admin lets in, not said', { PAIRING: 'on' }, 'STATIC_SHARED'],
    ['no model at all', { ANTHROPIC_API_KEY: '' }, 'ANTHROPIC_API_KEY'],
    ['half an API key', { TWILIO_API_KEY_SID: 'SK1' }, 'TWILIO_API_KEY_SECRET'],
    ['local mode in public', { LOCAL_MODE: '1', STATIC_SHARED: 'trusted' }, 'LOCAL_MODE'],
    ['a provider that does not exist', { MACHINE_PROVIDER: 'cloud' }, 'MACHINE_PROVIDER'],
    ['a time with a unit', { GATHER_MS: '1s' }, 'GATHER_MS'],
    ['a way to sleep that does not exist', { FLY_AUTOSTOP: 'hibernate' }, 'FLY_AUTOSTOP must be stop or suspend'],
    [
      'a machine too large to be suspended',
      { MACHINE_PROVIDER: 'fly', FLY_AUTOSTOP: 'suspend', FLY_MEMORY_MB: '2304' },
      'FLY_AUTOSTOP=suspend needs FLY_MEMORY_MB=2048 or less: Fly suspends no larger machine',
    ],
    ['no time at all for a turn', { TURN_TIMEOUT_MS: '0' }, 'TURN_TIMEOUT_MS'],
    ['an operator that is everybody', { ADMIN_SENDERS: '*' }, 'ADMIN_SENDERS must be a number'],
    ['an operator on a channel', { ADMIN_SENDERS: 'whatsapp:+15555550123' }, 'ADMIN_SENDERS must be a number'],
    [
      'too many operators',
      { ADMIN_SENDERS: Array.from({ length: 11 }, (_, n) => `+1555555010${n}`).join() },
      'at most 10',
    ],
    ['a hook that is no address', { ALERT_WEBHOOK_URL: 'hooks.example.com' }, 'ALERT_WEBHOOK_URL must'],
    ['a short operator’s token', { OPERATOR_TOKEN: 'x'.repeat(23) }, 'OPERATOR_TOKEN must have at least 24'],
    [
      'an operator’s token that no header can hold',
      { OPERATOR_TOKEN: 'ü'.repeat(24) },
      'OPERATOR_TOKEN may contain only',
    ],
    ['a template that is none', { TWILIO_NUDGE_CONTENT_SID: 'HX12' }, 'TWILIO_NUDGE_CONTENT_SID must'],
    ['an unknown queue mode', { QUEUE_MODE: 'interrupt' }, 'QUEUE_MODE must be collect, steer or queue'],
    ['a zone that is none', { DEFAULT_TIMEZONE: 'Mars/Olympus' }, 'DEFAULT_TIMEZONE must be a time zone'],
    ['an offset for a zone', { DEFAULT_TIMEZONE: '+01:00' }, 'DEFAULT_TIMEZONE must be a time zone'],
    ['no part at all', { MAX_PARTS: '0' }, 'MAX_PARTS must be at least 1'],
    ['too many parts', { MAX_PARTS: '21' }, 'MAX_PARTS must be at most 20'],
    ['parts that are no number', { MAX_PARTS: 'four' }, 'MAX_PARTS must'],
    ['an empty token', { TWILIO_AUTH_TOKEN: '' }, 'TWILIO_AUTH_TOKEN is missing'],
    [
      'a key that cannot sign',
      { MACHINE_SIGNING_KEY: '{"kty":"OKP","crv":"Ed25519","x":"a","d":"b"}' },
      'MACHINE_SIGNING',
    ],
  ])('%s is refused', (_, change, name) => {
    expect(problems(change).join('\n')).toContain(name);
  });

  test('says how links begin that only this computer opens', () => {
    const links = (change: Record<string, string>): string[] => {
      const result = readConfig({ ...complete, ...change });
      if (!result.ok) throw new Error(result.problems.join());
      return localLinksOf(result.config);
    };
    const local = { PUBLIC_URL: 'http://127.0.0.1:8787' };
    const standIn = { GIT_HOSTS_URL: 'http://127.0.0.1:4050/{host}' };
    expect(links(local)).toEqual(['http://127.0.0.1:8787/']);
    expect(links({ ...local, ...standIn })).toEqual(['http://127.0.0.1:8787/', 'http://127.0.0.1:4050/']);
    expect(links(standIn)).toEqual([]);
  });

  describe('of a bot at Telegram alone', () => {
    const alone = { TWILIO_ACCOUNT_SID: '', TWILIO_AUTH_TOKEN: '', TWILIO_SENDERS: '' };
    const bot = { ...alone, TELEGRAM_BOT_TOKEN: '4815162342:the-bot-of-the-test', ALLOWED_SENDERS: 'telegram:4815' };

    test('is taken, and WhatsApp and SMS are off', () => {
      const result = readConfig({ ...complete, ...bot });
      if (!result.ok) throw new Error(result.problems.join());
      expect(sendersOf(result.config)).toEqual(['telegram:4815162342']);
      expect(ours.filter((address) => channelOf(address).isOn(result.config))).toEqual(['telegram:4815']);
    });

    test.each([
      [
        'without a bot',
        { ...alone },
        /^TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_SENDERS are missing.*TELEGRAM_BOT_/,
      ],
      ['with half an account', { ...bot, TWILIO_SENDERS: 'whatsapp:+15555550100' }, /^TWILIO_ACCOUNT_SID is missing/],
      ['with SMS', { ...bot, SMS: 'on' }, /TWILIO_SENDERS is missing/],
    ])('%s is refused', (_, change, words) => {
      expect(problems(change).join('\n')).toMatch(words);
    });
    const ours = ['whatsapp:+15555550123', '+15555550123', 'telegram:4815'];
  });

  test('never puts a value into its words', () => {
    expect(
      problems({ TWILIO_AUTH_TOKEN: '', TWILIO_ACCOUNT_SID: 'hunter2', PUBLIC_URL: 'hunter2' }).join(),
    ).not.toContain('hunter2');
  });
});

test.each([
  [201, null, '{"sid":"SM1","status":"queued"}', { kind: 'accepted', sid: 'SM1' }],
  [201, null, 'not json', { kind: 'unknown', reason: 'no sid', retryAfterMs: null }],
  [429, '3', '{"code":20429}', { kind: 'refused', code: 20429, failure: 'rate', retryAfterMs: 3000 }],
  [400, null, '{"code":63018}', { kind: 'refused', code: 63018, failure: 'pair', retryAfterMs: null }],
  [400, null, '{"code":21211}', { kind: 'refused', code: 21211, failure: 'recipient', retryAfterMs: null }],
  [401, null, '<html>', { kind: 'refused', code: 401, failure: 'account', retryAfterMs: null }],
  [400, null, '{"code":63016}', { kind: 'refused', code: 63016, failure: 'window', retryAfterMs: null }],
  [400, null, '{"code":21610}', { kind: 'refused', code: 21610, failure: 'opted-out', retryAfterMs: null }],
  [400, null, '{"code":99999}', { kind: 'refused', code: 99999, failure: 'other', retryAfterMs: null }],
  [429, null, '<html>', { kind: 'refused', code: 429, failure: 'rate', retryAfterMs: null }],
  [408, null, '', { kind: 'unknown', reason: 'HTTP 408', retryAfterMs: null }],
  [502, null, '<html>', { kind: 'unknown', reason: 'HTTP 502', retryAfterMs: null }],
  [503, '120', '', { kind: 'unknown', reason: 'HTTP 503', retryAfterMs: 120_000 }],
  [
    429,
    'Sat, 21 Nov 2026 10:00:07 GMT',
    '{"code":20429}',
    { kind: 'refused', code: 20429, failure: 'rate', retryAfterMs: 7000 },
  ],
  [429, 'soon', '{"code":20429}', { kind: 'refused', code: 20429, failure: 'rate', retryAfterMs: null }],
  [429, '9'.repeat(40), '{"code":20429}', { kind: 'refused', code: 20429, failure: 'rate', retryAfterMs: 86_400_000 }],
  [400, null, '{"code":21608}', { kind: 'refused', code: 21608, failure: 'barred', retryAfterMs: null }],
  [307, null, '', { kind: 'unknown', reason: 'HTTP 307', retryAfterMs: null }],
])('the carrier’s answer %s %s %s', (status, retryAfter, text, meaning) => {
  expect(classifyAnswer(status, retryAfter, text, Date.UTC(2026, 10, 21, 10))).toEqual(meaning);
});

test('a reply of unknown fate is recognised in the carrier’s list', () => {
  const at = Date.parse('Sat, 21 Nov 2026 10:00:00 +0000');
  const date_created = 'Sat, 21 Nov 2026 10:00:00 +0000';
  const row = { sid: 'SM1', body: 'Café', date_created, direction: 'outbound-api', status: 'queued', error_code: null };
  const reply = { body: 'Café ', template: null, createdAt: at + 3000 };
  const sids = (rows: unknown[], of = reply): string[] => findCandidates(rows, of).map(({ sid }) => sid);
  const found = (change: object): string[] => sids([{ ...row, ...change }]);
  expect(found({})).toEqual(['SM1']);
  expect(found({ body: 'Sent from your trial account - Cafe\u0301' })).toEqual(['SM1']);
  expect(found({ direction: 'inbound' })).toEqual([]);
  expect(found({ body: 'Café!' })).toEqual([]);
  expect(found({ date_created: 'Sat, 21 Nov 2026 09:59:57 +0000' })).toEqual([]);
  expect(sids([{ odd: true }, null, row])).toEqual(['SM1']);
  expect(
    findCandidates([{ ...row, body: 'Please write to us' }], { ...reply, body: '', template: 'HX1' }),
  ).toHaveLength(1);
  expect(findCandidates([{ ...row, status: 'undelivered', error_code: 63016 }], reply)).toEqual([
    { sid: 'SM1', status: 'failed', errorCode: 63016, failure: 'window' },
  ]);
});

test('the directory hears of a stranger five times a minute, and of a hundred knocks of all', () => {
  const on = { PAIRING: 'on' } as const;
  const knocks = (from: string, now: number, times: number): number =>
    Array.from({ length: times }, () => mayKnock(on, from, 'hello', now)).filter(Boolean).length;
  expect(mayKnock({ PAIRING: 'off' }, 'whatsapp:+15555550142', 'hello', 0)).toBe(false);
  expect(mayKnock({ PAIRING: 'off' }, 'whatsapp:+15555550142', 'JOIN ABCD-EFGH', 60_000)).toBe(true);
  expect(knocks('whatsapp:+15555550142', 120_000, 9)).toBe(5);
  const others = Array.from({ length: 200 }, (_, n) => knocks(`whatsapp:+1555555${1000 + n}`, 120_001, 1));
  // A stranger who texts on and on takes no more than five from the others.
  expect(others.filter((each) => each === 1)).toHaveLength(95);
  expect(knocks('whatsapp:+15555550142', 180_001, 9)).toBe(5);
});
