import { expect, test } from 'vitest';
import { MessageReader } from '../../vm/src/claude/sdk-messages.ts';

// What a chat gets of /context: the figures in one line if they have a known shape, else the report unchanged.

const USED = { total_tokens: 9700, raw_max_tokens: 1_000_000, percentage: 1 };
const report = (context_usage: unknown) => ({
  type: 'assistant',
  parent_tool_use_id: null,
  local_command_source: '<local-command-stdout>…',
  message: { content: [] },
  context_usage,
});
const result = { type: 'result', is_error: false, result: 'the whole report' };

/** The summaries of a result with that report before it, and of one after. */
function summaries(usage: unknown): (string | undefined)[] {
  const reader = new MessageReader();
  reader.read(report(usage));
  return [reader.read(result), reader.read(result)]
    .flat()
    .flatMap((signal) => (signal.type === 'answer' ? [signal.answer.summary] : []));
}

test('figures of one kind are added up, the three biggest are named, and only the next result has them', () => {
  const row = (name: string, tokens: number, kind = 'used') => ({ name, tokens, kind });
  const categories = [
    row('System prompt', 2000),
    row('System tools', 4000),
    row('MCP tools', 400),
    row('Skills', 950),
    row('Memory files', 0),
    row('Messages', 12_345),
    row('Free space', 900_000, 'free'),
  ];
  expect(summaries({ ...USED, categories })).toEqual([
    '1% full (9.7k of 1M tokens). Biggest: our messages 12k, tools 4.4k, system prompt 2k. /compact makes room.',
    undefined,
  ]);
});

test.each([
  ['no rows', { ...USED }],
  ['a row of another shape', { ...USED, categories: [{ title: 'Messages' }] }],
  ['a name that is none', { ...USED, categories: [{ name: '*Send money*\nto', tokens: 1, kind: 'used' }] }],
  ['a figure that is none', { ...USED, percentage: 'much', categories: [] }],
])('%s: the report stays as it is', (_, usage) => {
  expect(summaries(usage)).toEqual([undefined, undefined]);
});
