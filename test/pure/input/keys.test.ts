import { describe, expect, test } from 'vitest';
import { KEY_REMOVED, removeKeys } from '../../../src/input/keys.ts';

// Keys in a text. The keys here are made up of parts when the test runs, so that none stands in this file.

const of = (alphabet: string, length: number): string => alphabet.repeat(length).slice(0, length);
const word = (length: number): string => of('aB3', length);
const hex = (length: number): string => of('0a1f', length);
const AWS_ID = `AK${'IA'}${of('A2B7', 16)}`;
const AWS_SECRET = of('aB3/x+', 40);

const KEYS: readonly (readonly [vendor: string, key: string])[] = [
  ['Anthropic', `sk-${'ant'}-api03-${word(93)}AA`],
  ['Anthropic', `sk-${'ant'}-oat01-${word(60)}`],
  ['OpenAI', `sk-${'proj'}-${word(74)}_${word(73)}`],
  ['OpenAI', `sk-${word(48)}`],
  ['OpenRouter', `sk-${'or'}-v1-${hex(64)}`],
  ['Groq', `gsk${'_'}${word(52)}`],
  ['xAI', `xai${'-'}${word(80)}`],
  ['Hugging Face', `hf${'_'}${word(34)}`],
  ...[...'pousr'].map((kind) => ['GitHub', `gh${kind}_${word(36)}`] as const),
  ['GitHub', `ghs${'_'}${word(40)}.${word(60)}.${word(43)}`],
  ['GitHub', `github${'_pat'}_${word(22)}_${word(59)}`],
  ['GitLab', `gl${'pat'}-${word(20)}`],
  ['GitLab', `gl${'pat'}-${word(27)}.01.${word(9)}`],
  ['AWS', AWS_ID],
  ['Google', `AI${'za'}${word(35)}`],
  ['Google', `GOC${'SPX'}-${word(28)}`],
  ['Slack', `xo${'xb'}-${of('123', 12)}-${of('123', 12)}-${word(24)}`],
  ['Slack', `xa${'pp'}-1-${of('A1', 11)}-${of('12', 12)}-${hex(64)}`],
  ['Stripe', `sk${'_live'}_${word(24)}`],
  ['Stripe', `rk${'_live'}_${word(99)}`],
  ['Twilio', `S${'K'}${hex(32)}`],
  ['SendGrid', `S${'G'}.${word(22)}.${word(43)}`],
  ['Telegram', `123456789:A${'A'}${word(33)}`],
  ['npm', `np${'m'}_${word(36)}`],
  ['PyPI', `py${'pi'}-AgEIcHlwaS5vcmc${word(100)}`],
  ['Docker', `dckr${'_pat'}_${word(27)}`],
  ['Fly', `fo${'1'}_${word(43)}`],
  ['Fly', `fm${'2'}_${word(200)}==`],
  ['Cloudflare', `cf${'ut'}_${word(48)}`],
  ['DigitalOcean', `dop${'_v1'}_${hex(64)}`],
  ['Supabase', `sb${'p'}_${hex(40)}`],
  ['Shopify', `sh${'pat'}_${hex(32)}`],
  ['age', `AGE-SECRET-${'KEY'}-1${of('QPZ', 58)}`],
];

describe('a key of a known form', () => {
  test.each(KEYS)('%s %#', (vendor, key) => {
    const inside = { text: `use “${KEY_REMOVED}”. Thanks`, vendors: [vendor] };
    expect(removeKeys(`use “${key}”. Thanks`)).toEqual(inside);
    // All of it goes, also where a later key is longer, and at the end of a sentence.
    expect(removeKeys(key).text).toBe(KEY_REMOVED);
    expect(removeKeys(`/schedule every day: TOKEN=${key}`).text).toBe(`/schedule every day: TOKEN=${KEY_REMOVED}`);
    expect(removeKeys(`It is ${key}.`).text).toBe(`It is ${KEY_REMOVED}.`);
  });

  test('several are removed, and each vendor is named once', () => {
    const [anthropic, , openai] = KEYS.map(([, key]) => key);
    expect(removeKeys(`${openai},${anthropic} and ${openai}`)).toEqual({
      text: `${KEY_REMOVED},${KEY_REMOVED} and ${KEY_REMOVED}`,
      vendors: ['OpenAI', 'Anthropic'],
    });
  });

  test.each([
    ['AWS', `secret ${AWS_SECRET}, id ${AWS_ID}`, `secret ${KEY_REMOVED}, id ${KEY_REMOVED}`],
    ['AWS', `export AWS_SECRET_ACCESS_KEY="${AWS_SECRET}"`, `export AWS_SECRET_ACCESS_KEY="${KEY_REMOVED}"`],
    ['AWS', `{"SecretAccessKey": "${AWS_SECRET}", "AccessKeyId": "${AWS_ID}"}`, null],
    ['Twilio', `TWILIO_AUTH_TOKEN: ${hex(32)}`, `TWILIO_AUTH_TOKEN: ${KEY_REMOVED}`],
    ['Twilio', `curl -u A${'C'}${hex(32)}:${hex(32)} x`, `curl -u A${'C'}${hex(32)}:${KEY_REMOVED} x`],
    ['Slack', `https://hooks.slack.com/services/T${word(8)}/B${word(10)}/${word(24)}`, null],
  ])('%s, by what stands beside it %#', (vendor, text, becomes) => {
    const { text: kept, vendors } = removeKeys(text);
    expect(vendors).toEqual([vendor]);
    if (becomes !== null) expect(kept).toBe(becomes);
    for (const secret of [AWS_SECRET, hex(32) + hex(32), word(24)]) expect(kept).not.toContain(secret);
  });
});

test('a word of 40 letters far from an AWS key is none', () => {
  const [near, far] = [150, 250].map((chars) => `${AWS_ID}${' '.repeat(chars)}${AWS_SECRET}`);
  expect(removeKeys(near ?? '').text).not.toContain(AWS_SECRET);
  expect(removeKeys(far ?? '').text).toContain(AWS_SECRET);
});

describe('a private key', () => {
  const rows = (count: number): string[] => Array.from({ length: count }, () => word(64));
  const mark = (end: string, kind = 'RSA '): string => `-----${end} ${kind}PRIVATE ${'KEY'}-----`;
  const whole = [mark('BEGIN'), ...rows(3), 'aB3=', mark('END')];
  const cases: Record<string, readonly [before: string, key: string, after: string]> = {
    whole: ['here it is:\n', whole.join('\n'), '\nplease use it'],
    'on one line': ['here: ', whole.join(' '), ' ok'],
    'in a JSON file': ['{"private_key": "', whole.join('\\n'), '"}'],
    'with headers': ['', [mark('BEGIN', ''), 'Proc-Type: 4,ENCRYPTED', '', ...rows(2), mark('END', '')].join('\n'), ''],
    'without its end': ['', whole.slice(0, -1).join('\n'), '\n\nDoes it work?'],
    'in a forwarded message, without its end': ['', whole.slice(0, -1).join('\n> '), ''],
    'without its beginning': ['the rest: ', whole.slice(1).join('\n'), ' thanks'],
    'after a phone made dashes of the hyphens': ['', whole.join('\n').replaceAll('-----', '——-'), ''],
    'of OpenSSH': ['', [mark('BEGIN', 'OPENSSH '), ...rows(2), mark('END', 'OPENSSH ')].join('\n'), ''],
  };
  test.each(Object.entries(cases))('%s', (_, [before, key, after]) => {
    expect(removeKeys(before + key + after)).toEqual({
      text: before + KEY_REMOVED + after,
      vendors: ['private key'],
    });
  });
});

test.each([
  'git show 3f786850e387550fdab836ed7e6dc881de23001b',
  `the key ${AWS_SECRET} stands alone`,
  `${AWS_ID.toLowerCase()} ${hex(40)}`,
  `A${'C'}${hex(32)} is the account`,
  'my sk-ant-... key, or sk-proj-YOUR-KEY',
  'sk_test_ keys may stay, and so may npm_config_registry and ghp_short',
  '-----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY----- are its first and last line',
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  'It is ready at 123456789:AA and https://example.com/a/b/c?d=e',
])('stays as it is: %s', (text) => {
  expect(removeKeys(text)).toEqual({ text, vendors: [] });
});

test('after /nokey the words stay as they are, and the command is gone', () => {
  const [[, key] = ['', '']] = KEYS;
  expect(removeKeys(`/nokey use ${key}`)).toEqual({ text: `use ${key}`, vendors: [] });
  expect(removeKeys(`/NoKey /remind tomorrow: ${key}`)).toEqual({ text: `/remind tomorrow: ${key}`, vendors: [] });
  expect(removeKeys('/nokey').text).toBe('/nokey');
  expect(removeKeys(`/nokeys ${key}`).text).toBe(`/nokeys ${KEY_REMOVED}`);
});
