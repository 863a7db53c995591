import { describe, expect, test } from 'vitest';
import { PACKET_MAX, PacketReader } from '../../../src/git/packet-lines.ts';
import type { GitPermission } from '../../../src/git/permissions.ts';
import { PushReader, type PushReading } from '../../../src/git/push-commands.ts';
import { ReportReader, refusePush } from '../../../src/git/push-report.ts';
import { judgePush } from '../../../src/git/push-verdict.ts';

const [ZERO, A, B, C] = ['0', 'a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string, string];
const CAPS = ' report-status-v2 side-band-64k object-format=sha1 agent=git/2.39.5';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = (text: string): string => `${(encode(text).length + 4).toString(16).padStart(4, '0')}${text}`;
const PACK = `PACK${'\0\x02'.repeat(40)}`;

/** In pieces of this many bytes. */
function read(body: string | Uint8Array, size = 1_000_000): PushReading | null {
  const bytes = typeof body === 'string' ? encode(body) : body;
  const reader = new PushReader();
  for (let at = 0; at < bytes.length; at += size) {
    const reading = reader.read(bytes.subarray(at, at + size));
    if (reading !== null) return reading;
  }
  return null;
}

const push = (...lines: string[]): string => `${lines.map(line).join('')}0000${PACK}`;

describe('the commands of a push', () => {
  test.each([1, 3, 4, 7, 100, 1_000_000])('are read from pieces of %i bytes', (size) => {
    const body = push(
      `shallow ${C}`,
      `${ZERO} ${A} refs/heads/fix\0${CAPS}`,
      `${A} ${B} refs/heads/größe`,
      `${B} ${ZERO} refs/tags/v1`,
    );
    expect(read(body, size)).toEqual({
      push: {
        commands: [
          { ref: 'refs/heads/fix', old: ZERO, new: A },
          { ref: 'refs/heads/größe', old: A, new: B },
          { ref: 'refs/tags/v1', old: B, new: ZERO },
        ],
        capabilities: CAPS.trim().split(' '),
      },
    });
  });

  test('an empty push is a probe', () => {
    expect(read('0000')).toBe('probe');
    expect(read('000')).toBeNull();
  });

  const ok = `${ZERO} ${A} refs/heads/a\0${CAPS}`;
  const named = (ref: string): string => push(`${ZERO} ${A} ${ref}\0${CAPS}`);
  test.each([
    ['a certificate', push(`push-cert\0${CAPS}`), 'certificate'],
    ['a certificate after a command', push(ok, 'push-cert'), 'certificate'],
    ['options for the host', push(`${ok} push-options`), 'options'],
    ['a capability nobody knows', push(`${ok} teleport`), 'malformed'],
    ['no report', push(`${ZERO} ${A} refs/heads/a\0 side-band-64k`), 'no-report'],
    ['no capabilities', push(`${ZERO} ${A} refs/heads/a`), 'malformed'],
    ['capabilities again', push(ok, `${ZERO} ${A} refs/heads/b\0 report-status`), 'malformed'],
    ['two NULs', push(`${ZERO} ${A} refs/heads/a\0${CAPS}\0x`), 'malformed'],
    ['the same ref twice', push(ok, `${ZERO} ${B} refs/heads/a`), 'malformed'],
    ['nothing to nothing', push(`${ZERO} ${ZERO} refs/heads/a\0${CAPS}`), 'malformed'],
    ['ids of two lengths', push(`${ZERO} ${'a'.repeat(64)} refs/heads/a\0${CAPS}`), 'malformed'],
    ['capital letters in an id', push(`${ZERO} ${'A'.repeat(40)} refs/heads/a\0${CAPS}`), 'malformed'],
    ['shallow after a command', push(ok, `shallow ${A}`), 'malformed'],
    ['only shallow', push(`shallow ${A}`), 'malformed'],
    ['a short line', `0003${ok}`, 'malformed'],
    ['an empty line', `0004${push(ok)}`, 'malformed'],
    ['no length', `wxyz${push(ok)}`, 'malformed'],
    ['half a length', `00zz${push(ok)}`, 'malformed'],
    ['half a length after a command', push(ok).replace(/0000PACK/, '00zzPACK'), 'malformed'],
    ['compressed bytes', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0), 'malformed'],
    ['broken UTF-8', Uint8Array.from([...encode(`0034${'a'.repeat(40)}`), ...Array(8).fill(0xff)]), 'malformed'],
    [
      'a byte that is no UTF-8 in a name',
      Uint8Array.from([...encode(push(ok))].map((byte, n) => (n === encode(push(ok)).indexOf(0) - 1 ? 0xff : byte))),
      'malformed',
    ],
    ['an invisible beginning', push(`\ufeff${ok}`), 'malformed'],
    ['HEAD', named('HEAD'), 'malformed'],
    ['dots', named('refs/heads/../main'), 'malformed'],
    ['two slashes', named('refs/heads//main'), 'malformed'],
    ['a lock', named('refs/heads/main.lock'), 'malformed'],
    ['a space', named('refs/heads/a b'), 'malformed'],
    ['a control character', named('refs/heads/a\u0007'), 'malformed'],
    ['an end of slash', named('refs/heads/'), 'malformed'],
    ['a long name', named(`refs/heads/${'a'.repeat(1000)}`), 'malformed'],
    [
      'too many commands',
      push(ok, ...Array.from({ length: 900 }, (_, n) => `${ZERO} ${A} refs/heads/b${n}`)),
      'too-many-commands',
    ],
  ])('%s is refused', (_, body, problem) => {
    expect(read(body)).toMatchObject({ problem });
    expect(read(body, 5)).toMatchObject({ problem });
  });

  test('lines may end with a newline', () => {
    expect(read(push(`${ZERO} ${A} refs/heads/a\0${CAPS}\n`, `${A} ${B} refs/heads/b\n`))).toMatchObject({
      push: { commands: [{ ref: 'refs/heads/a' }, { ref: 'refs/heads/b' }], capabilities: CAPS.trim().split(' ') },
    });
  });

  test('the answer to a certificate can be framed as its client wants it', () => {
    expect(read(push(`push-cert\0${CAPS}`))).toMatchObject({ push: { capabilities: CAPS.trim().split(' ') } });
  });

  test('ids of SHA-256 are read', () => {
    const [zero, a] = ['0'.repeat(64), '0a'.repeat(32)];
    const caps = ' report-status object-format=sha256';
    expect(read(push(`shallow ${a}`, `${zero} ${a} refs/heads/a\0${caps}`, `${a} ${zero} refs/heads/b`))).toMatchObject(
      {
        push: {
          commands: [
            { old: zero, new: a },
            { old: a, new: zero },
          ],
        },
      },
    );
  });

  test('500 branches have room', () => {
    const body = push(ok, ...Array.from({ length: 499 }, (_, n) => `${ZERO} ${A} refs/heads/branch-${n}`));
    expect(read(body)).toMatchObject({ push: { commands: { length: 500 } } });
  });
});

describe('the verdict', () => {
  const own = { 'refs/heads/mine': A };
  const judge = (
    ref: string,
    old: string,
    next: string,
    permissions: GitPermission[] = [],
    named: string | null = 'main',
  ) => judgePush([{ ref, old, new: next }], { defaultBranch: named, permissions, own })?.needs ?? 'allowed';

  test.each([
    ['a new branch', 'refs/heads/fix', ZERO, A, 'allowed'],
    ['a new tag', 'refs/tags/v1', ZERO, A, 'allowed'],
    ['a branch that the agent pushed', 'refs/heads/mine', A, B, 'allowed'],
    ['a branch of the agent to which somebody else pushed', 'refs/heads/mine', C, B, 'force'],
    ['another branch', 'refs/heads/theirs', A, B, 'force'],
    ['a tag that moves', 'refs/tags/v1', A, B, 'force'],
    ['the default branch', 'refs/heads/main', A, B, 'push-default'],
    ['a new default branch', 'refs/heads/main', ZERO, B, 'push-default'],
    ['a branch that goes', 'refs/heads/mine', A, ZERO, 'delete'],
    ['a tag that goes', 'refs/tags/v1', A, ZERO, 'delete'],
    ['the default branch that goes', 'refs/heads/main', A, ZERO, 'push-default'],
    ['notes', 'refs/notes/commits', ZERO, A, 'namespace'],
    ['a pull request of the host', 'refs/pull/1/head', ZERO, A, 'namespace'],
    ['a review of the host', 'refs/for/main', ZERO, A, 'namespace'],
    ['a name from JavaScript', 'refs/heads/constructor', A, B, 'force'],
  ])('%s: %s %s → %s is %s', (_, ref, old, next, verdict) => {
    expect(judge(ref, old, next)).toBe(verdict);
  });

  test.each<[string, string, string, GitPermission[], string]>([
    ['refs/heads/main', A, B, ['push-default'], 'allowed'],
    ['refs/heads/main', A, B, ['force', 'delete', 'merge'], 'push-default'],
    ['refs/heads/main', A, ZERO, ['push-default'], 'delete'],
    ['refs/heads/theirs', A, B, ['force'], 'allowed'],
    ['refs/heads/theirs', A, ZERO, ['delete'], 'allowed'],
    ['refs/notes/x', A, B, ['push-default', 'force', 'delete', 'merge'], 'namespace'],
  ])('%s %s → %s with %j is %s', (ref, old, next, permissions, verdict) => {
    expect(judge(ref, old, next, permissions)).toBe(verdict);
  });

  test('a host that names no default branch has the usual ones', () => {
    expect(judge('refs/heads/master', ZERO, A, [], null)).toBe('push-default');
    expect(judge('refs/heads/master', ZERO, A, [], 'main')).toBe('allowed');
  });

  test('one forbidden command forbids the push', () => {
    const commands = [
      { ref: 'refs/heads/fix', old: ZERO, new: A },
      { ref: 'refs/heads/main', old: A, new: B },
    ];
    expect(judgePush(commands, { defaultBranch: 'main', permissions: [], own })).toEqual({
      ref: 'refs/heads/main',
      needs: 'push-default',
    });
  });
});

describe('the report', () => {
  const commands = [
    { ref: 'refs/heads/fix', old: ZERO, new: A },
    { ref: 'refs/heads/main', old: A, new: B },
    { ref: 'refs/heads/gone', old: A, new: ZERO },
  ];
  const said =
    line('unpack ok\n') +
    line('ok refs/heads/fix\n') +
    line('ng refs/heads/main protected\n') +
    line('ok refs/heads/gone\n') +
    '0000';
  const wrapped = `${line(`\u0002${'remote '.repeat(30)}`)}${line(`\u0001${said.slice(0, 30)}`)}${line(`\u0001${said.slice(30)}`)}0000`;

  test.each([1, 5, 1000])('says which refs the host took, in pieces of %i bytes', (size) => {
    for (const [capabilities, body] of [
      [['side-band-64k'], wrapped],
      [[], said],
    ] as const) {
      const reader = new ReportReader({ commands, capabilities: [...capabilities] });
      const bytes = encode(body);
      for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size));
      expect(reader.taken(commands)).toEqual([commands[0]]);
    }
  });

  test('unreadable bytes take nothing', () => {
    const reader = new ReportReader({ commands, capabilities: [] });
    reader.read(encode(`<html>${line('ok refs/heads/fix\n')}`));
    expect(reader.taken(commands)).toEqual([]);
  });

  test('that refuses names each ref and says why', () => {
    const text = new TextDecoder().decode(
      refusePush({ commands, capabilities: ['side-band-64k'] }, 'not\nallowed', 'Ask first.'),
    );
    expect(text).toContain('\u0002Ask first.\n');
    expect(text).toContain('unpack ok\n');
    expect(text).toContain('ng refs/heads/main not allowed\n');
    const unread = refusePush({ commands: [], capabilities: ['side-band-64k'] }, 'not readable', 'Push again.');
    expect(new TextDecoder().decode(unread)).toContain('unpack not readable\n');
    const reader = new ReportReader({ commands, capabilities: ['side-band-64k'] });
    reader.read(encode(text));
    expect(reader.taken(commands)).toEqual([]);
  });
});

test('a refusal is framed as git reads it, byte for byte', () => {
  const commands = [{ ref: 'refs/heads/a', old: ZERO, new: A }];
  const answer = (capabilities: string[]): string =>
    new TextDecoder().decode(refusePush({ commands, capabilities }, ' not  allowed\n', ' Ask first.\n'));
  const report = `${line('unpack ok\n')}${line('ng refs/heads/a not allowed\n')}0000`;
  expect(answer([])).toBe(report);
  expect(answer(['side-band-64k'])).toBe(`${line('\u0002Ask first.\n')}${line(`\u0001${report}`)}0000`);
});

test('a long report comes in packets that git can hold', () => {
  const names = Array.from({ length: 900 }, (_, n) => `refs/heads/${'x'.repeat(80)}-${n}`);
  const commands = names.map((ref) => ({ ref, old: ZERO, new: A }));
  const bytes = refusePush({ commands, capabilities: ['side-band-64k'] }, 'not allowed', 'Ask first.');
  const sizes: number[] = [];
  let report = '';
  const reader = new PacketReader((packet) => {
    sizes.push(packet.length);
    if (packet[0] === 1) report += new TextDecoder().decode(packet.subarray(1));
  });
  reader.read(bytes);
  expect(sizes).toHaveLength(3);
  expect(Math.max(...sizes)).toBe(PACKET_MAX - 4);
  expect(report).toBe(`${[line('unpack ok\n'), ...names.map((ref) => line(`ng ${ref} not allowed\n`))].join('')}0000`);
});
