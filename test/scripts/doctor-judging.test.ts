import { describe, expect, test } from 'vitest';
import { judgeClocks } from '../../scripts/doctor/clock-check.ts';
import { withoutSecrets } from '../../scripts/doctor/context.ts';
import { findOrphans, stillThere } from '../../scripts/doctor/orphans.ts';
import { judgeHolidays, judgeOutages } from '../../scripts/doctor/relay-checks.ts';
import { judgeSandbox, judgeWebhook } from '../../scripts/doctor/sender-checks.ts';
import { judgeTerms, QUOTA, termsLines } from '../../scripts/doctor/whatsapp-terms.ts';
import type { AppView } from '../../src/machines/fly/inventory.ts';
import { HOLIDAYS_UNTIL } from '../../src/recurrence/holidays.ts';

// The doctor's findings that need no deployment.

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-21T12:00:00Z');
const SANDBOX = 'whatsapp:+15555550109';
const ROBIN = 'whatsapp:+15555550123';
const OTHER = 'whatsapp:+15555550124';

test('a webhook that is set elsewhere is told without its path, which may hold a password', () => {
  const ours = 'https://relay.example.com/webhooks/twilio';
  const said = (callbackUrl: string): string => {
    const rest = { fallbackUrl: '', fallbackMethod: '', statusCallbackUrl: '', statusCallbackMethod: '' };
    const webhook = { callbackUrl, callbackMethod: 'POST', ...rest };
    return judgeWebhook({ sid: 'XE1', address: SANDBOX, status: 'ONLINE', application: '', webhook }, ours, '').detail;
  };
  expect(said('https://elsewhere.example.com/hooks/hunter2?key=3')).toMatch(/sends to elsewhere\.example\.com$/);
  expect(said('https://relay.example.com/old')).toMatch(/\/old$/);
  expect(said('hunter2')).not.toContain('hunter2');
});

describe('a sandbox’s webhook shows in whether texts are answered', () => {
  const message = (from: string, to: string, minutesAgo: number) => ({
    from,
    to,
    direction: to === SANDBOX ? 'inbound' : 'outbound-api',
    status: to === SANDBOX ? 'received' : 'delivered',
    body: 'hello',
    date_created: NOW - minutesAgo * MINUTE,
  });
  const text = (minutesAgo: number) => message(ROBIN, SANDBOX, minutesAgo);
  const reply = (minutesAgo: number, to = ROBIN) => message(SANDBOX, to, minutesAgo);
  test.each([
    ['no text yet', [], [], 'warn'],
    ['answered at once', [text(60)], [reply(59.9)], 'ok'],
    ['answered, then written to again', [text(60)], [reply(1), reply(58)], 'ok'],
    ['answered only when the lists were compared', [text(60)], [reply(55)], 'warn'],
    ['just sent', [text(1)], [], 'warn'],
    ['never answered', [text(60)], [], 'fail'],
    ['only somebody else was answered', [text(60)], [reply(59, OTHER)], 'fail'],
    ['only an earlier one was answered', [text(60), text(120)], [reply(119)], 'fail'],
  ])('%s', (_, texts, outbound, status) => {
    const finding = judgeSandbox(SANDBOX, { texts, outbound, now: NOW, fix: 'paste this' });
    expect(finding.status).toBe(status);
    expect(finding.fix).toBe(status === 'ok' ? undefined : 'paste this');
    expect(finding.detail).not.toContain('+1555');
  });
});

describe('clocks', () => {
  const relay = (seconds: number) => ({ whose: 'the relay’s clock', aheadMs: seconds * 1000 });
  const twilio = (seconds: number) => ({ whose: 'Twilio’s clock', aheadMs: seconds * 1000 });
  test.each([
    ['all agree', [relay(2), twilio(-59)], 'ok', /agree/],
    ['the relay’s is off', [relay(300), twilio(0)], 'warn', /relay’s clock is 300 s ahead/],
    ['this computer’s is off', [relay(300), twilio(299)], 'warn', /this computer’s clock is 300 s behind/],
    ['the two others are off in two ways', [relay(300), twilio(-300)], 'warn', /relay’s.*Twilio’s/],
    ['only one tells', [twilio(-90)], 'warn', /Twilio’s clock is 90 s behind/],
  ])('%s', (_, known, status, words) => {
    const finding = judgeClocks(known);
    expect(finding).toMatchObject({ status, detail: expect.stringMatching(words) });
  });
  test('nobody tells', () => expect(() => judgeClocks([])).toThrow(/neither/));
});

test('in the last year of the table of public holidays it is time to update', () => {
  expect(judgeHolidays(Date.UTC(HOLIDAYS_UNTIL, 0, 1) - 1)).toBeNull();
  for (const year of [HOLIDAYS_UNTIL, HOLIDAYS_UNTIL + 1])
    expect(judgeHolidays(Date.UTC(year, 0, 1))).toMatchObject({ status: 'warn' });
});

describe('orphans', () => {
  const OURS = 'relay.example.com';
  const machine = (id: string) => ({
    id,
    state: 'stopped',
    region: 'fra',
    image: 'i',
    version: '1',
    settings: 's',
    isHostReachable: true,
  });
  const volume = (id: string, of: string | null) => ({ id, state: 'created', region: 'fra', sizeGb: 3, machine: of });
  const app = (name: string, deployment: string | null, more: Partial<AppView> = {}): AppView => ({
    name,
    deployment,
    machines: deployment === null ? [] : [machine('m')],
    volumes: [volume(`vol_${name}`, deployment === null ? null : 'm')],
    ...more,
  });
  const known = (name: string, image: string | null = 'i') => ({ name, image });
  const found = (apps: AppView[], ledger: { name: string; image: string | null }[]) => {
    const { apps: ours, volumes, unclaimed } = findOrphans(apps, ledger, OURS);
    return [ours.map(({ name }) => name), volumes.map(({ id }) => id), unclaimed.map(({ name }) => name)];
  };
  test.each([
    ['what is in the ledger', [app('a', OURS)], [known('a')], [[], [], []]],
    ['ours, in no ledger', [app('a', OURS)], [], [['a'], [], []]],
    ['another deployment’s', [app('a', 'other.example.com')], [], [[], [], []]],
    ['no machine says whose it is', [app('a', null)], [], [[], [], ['a']]],
    ['being made', [app('a', null)], [known('a', null)], [[], [], []]],
    [
      'a volume beside the one in use',
      [app('a', OURS, { volumes: [volume('v1', 'm'), volume('v2', null)] })],
      [known('a')],
      [[], ['v2'], []],
    ],
    [
      'a second volume while it is being made',
      [app('a', OURS, { volumes: [volume('v1', 'm'), volume('v2', null)] })],
      [known('a', null)],
      [[], [], []],
    ],
    [
      'no volume is in use: none is called spare',
      [app('a', OURS, { volumes: [volume('v1', null)] })],
      [known('a')],
      [[], [], []],
    ],
    [
      'a machine that is lost with its host',
      [app('a', OURS, { machines: [], volumes: [volume('v1', null)] })],
      [known('a')],
      [[], [], []],
    ],
  ])('%s', (_, apps, ledger, expected) => {
    expect(found(apps, ledger)).toEqual(expected);
  });

  test('only what was agreed to and is still nobody’s is removed', () => {
    const before = findOrphans([app('a', OURS), app('b', OURS)], [], OURS);
    const now = findOrphans([app('b', OURS), app('c', OURS)], [], OURS);
    expect(stillThere(before, now).apps.map(({ name }) => name)).toEqual(['b']);
  });
});

test('no secret is printed, whatever its source', () => {
  const vars = {
    FLY_API_TOKEN: 'fly-secret',
    OPERATOR_TOKEN: 'operator-secret',
    FLY_ORG: 'my-team',
    TWILIO_AUTH_TOKEN: '',
  };
  expect(withoutSecrets('Fly says: fly-secret may not see my-team; operator-secret', vars)).toBe(
    'Fly says: [FLY_API_TOKEN] may not see my-team; [OPERATOR_TOKEN]',
  );
});

describe('outages of the carrier', () => {
  const outage = {
    sender: 'WhatsApp number ending in 09',
    began_at: new Date(NOW - 12 * MINUTE).toISOString(),
    failure: null,
    code: null,
    waiting: 3,
    over_at: null,
  };
  const judged = (...outages: object[]) =>
    judgeOutages(
      outages.map((one) => ({ ...outage, ...one })),
      NOW,
      'RELAY',
    );

  test('say which number, for how long, what Twilio says and how many wait; they pass by themselves', () => {
    expect(judged({})).toEqual({
      status: 'warn',
      detail:
        'Replies from our WhatsApp number ending in 09 have been refused or unanswered for 12 minutes (no answer, or an error of its own); 3 conversations wait',
      fix: 'They leave in order once the service accepts them; status.twilio.com and t.me/BotNews show the services’ own troubles. To try at once: curl -X POST -H "Authorization: Bearer $OPERATOR_TOKEN" RELAY/operator/outages/retry.',
    });
    expect(judged({ code: 20429, failure: 'rate', waiting: 1 })?.detail).toMatch(
      /\(20429: .+\); 1 conversation waits$/,
    );
  });

  test('a refused account does not pass by itself; what is over is no trouble, and so is a relay that tells of none', () => {
    expect(judged({ failure: 'account', code: 20003 })?.status).toBe('fail');
    expect(judged({}, { failure: 'account', code: 20003 })?.status).toBe('fail');
    const ofBot = judged({ sender: 'Telegram bot', failure: 'account', code: 900_401 });
    expect(ofBot).toMatchObject({ status: 'fail', fix: expect.stringMatching(/^Mend this at Telegram\./) });
    for (const none of [
      judged(),
      judged({ over_at: new Date(NOW).toISOString() }),
      judgeOutages(undefined, NOW, 'RELAY'),
    ]) {
      expect(none).toEqual({ status: 'ok', detail: 'none: replies are taken' });
    }
  });
});

describe('WhatsApp’s terms, by the countries of the people', () => {
  test('one line for each group, with the price of a reply there', () => {
    const [italy, area, rest, ...more] = termsLines({
      ALLOWED_SENDERS: '+390655550123, +4930555501,+33155550123',
      ADMIN_SENDERS: '+15555550123',
    });
    expect(italy).toContain('Italy: allowed by the AGCM');
    expect(area).toMatch(/Economic Area.*a reply costs about Germany \$0\.0600, France \$0\.0350$/);
    expect(rest).toMatch(/everywhere else: prohibited.*North America \$0\.0090$/);
    expect(more).toEqual([]);
  });

  test('where everybody is where the law lets us in, it is fine; elsewhere, or where anybody may write, a warning', () => {
    const of = (ALLOWED_SENDERS: string) => judgeTerms({ ALLOWED_SENDERS });
    expect(of('+390655550123,+5511555501').status).toBe('ok');
    for (const allowed of ['+390655550123,+15555550123', '*', '', '+4420555501', '+7955550123'])
      expect(of(allowed), allowed).toMatchObject({ status: 'warn', detail: expect.stringContaining(QUOTA) });
    const there = { ALLOWED_SENDERS: '*', TWILIO_SENDERS: 'whatsapp:+15555550100,+15555550100' };
    expect(judgeTerms({ ...there, SMS: 'on' }).status).toBe('ok');
    expect(judgeTerms({ ...there, TELEGRAM_BOT_TOKEN: '1:a' }).status).toBe('ok');
    expect(judgeTerms(there).status).toBe('warn');
    expect(termsLines({ ALLOWED_SENDERS: '*' })).toHaveLength(4);
  });
});
