import { expect, test } from 'vitest';
import { readSessionLine } from '../../../src/objects/session-lines.ts';

// Lines of a session's backup as the operator reads them: whatever is in them, what is shown is bounded.

const AT = '2026-11-23T12:00:00.000Z';
const line = (entry: unknown, more: object = {}): string =>
  JSON.stringify({ position: 7, subpath: '', entry, ...more });
const user = (content: unknown, more: object = {}) => ({ type: 'user', timestamp: AT, message: { content }, ...more });
const read = (text: string) => {
  const found = readSessionLine(text);
  if (found === null || found === 'unreadable') throw new Error(`${found}`);
  return found;
};

test.each([
  [user('Deploy it.'), 'person', [['text', '', 'Deploy it.']]],
  [user('Deploy it.', { isMeta: true }), 'system', [['text', '', 'Deploy it.']]],
  [user('What was said.', { isCompactSummary: true }), 'summary', [['text', '', 'What was said.']]],
  [user([{ type: 'tool_result', content: 'ok' }]), 'tool', [['result', '', 'ok']]],
  [
    user([{ type: 'tool_result', is_error: true, content: [{ type: 'text', text: 'no' }] }]),
    'tool',
    [['error', '', 'no']],
  ],
  [
    {
      type: 'assistant',
      message: {
        content: [
          { type: 'thinking', thinking: 'Hm.' },
          { type: 'text', text: 'I will.' },
          { type: 'tool_use', name: 'Bash', input: { command: 'ls' } },
        ],
      },
    },
    'agent',
    [
      ['thinking', '', 'Hm.'],
      ['text', '', 'I will.'],
      ['call', 'Bash', '{"command":"ls"}'],
    ],
  ],
  [user([{ type: 'image', source: { data: 'AAAA' } }]), 'person', [['other', 'image', '']]],
])('%j is of %s', (entry, who, parts) => {
  const found = read(line(entry));
  expect(found).toMatchObject({ position: 7, who, isInner: false, cut: 0 });
  expect(found.parts.map(({ kind, name, text }) => [kind, name, text])).toEqual(parts);
});

test('a line of a sub-agent says so, and a time that is none is left out', () => {
  expect(read(line(user('go'), { subpath: 'agent-1' }))).toMatchObject({ isInner: true, at: Date.parse(AT) });
  expect(read(line(user('go', { isSidechain: true, timestamp: 'never' })))).toMatchObject({ isInner: true, at: null });
});

test('what has no words is left out, and what is no line is unreadable', () => {
  for (const entry of [user(''), user([]), { type: 'queue-operation' }, { type: 'constructor' }])
    expect(readSessionLine(line(entry))).toBeNull();
  for (const text of ['', '{', 'null', '[]', '7', '{"position":1}', '{"position":"1","entry":{}}', '{"entry":[]}'])
    expect(readSessionLine(text)).toBe('unreadable');
});

test('very long words are cut, and how many are missing is said; halves of characters are none', () => {
  const found = read(
    line(
      user([
        { type: 'text', text: 'a'.repeat(3999) },
        { type: 'text', text: '😀'.repeat(1000) },
      ]),
    ),
  );
  expect(found.parts.map(({ text }) => text.length)).toEqual([3999, 1]);
  expect(found.parts[1]?.text.isWellFormed()).toBe(true);
  expect(found.cut).toBe(1999);
});

test.each([
  ['nested lists', '['.repeat(100_000)],
  ['nested objects', '{"entry":'.repeat(30_000)],
  [
    'a nested input',
    line({ type: 'assistant', message: { content: [{ type: 'tool_use', input: 'DEEP' }] } }).replace(
      '"DEEP"',
      '['.repeat(50_000) + ']'.repeat(50_000),
    ),
  ],
  ['many blocks', line(user(Array.from({ length: 50_000 }, () => ({ type: 'text', text: 'x' }))))],
  [
    'a name of 200,000 characters',
    line({ type: 'assistant', message: { content: [{ type: 'tool_use', name: 'n'.repeat(200_000) }] } }),
  ],
  [
    'a prototype',
    '{"position":1,"__proto__":{"entry":1},"entry":{"type":"user","message":{"content":{"type":"text"}}}}',
  ],
])('of %s little is shown', (_, text) => {
  const found = readSessionLine(text);
  expect(JSON.stringify(found).length).toBeLessThan(6000);
});
