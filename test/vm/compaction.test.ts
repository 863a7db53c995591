import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import { saveConversation, summaryNameOf } from '../../vm/src/claude/compaction.ts';
import { parseTranscript } from '../../vm/src/claude/transcript.ts';
import { ended, message, newAttempt, results } from './machine-harness.ts';
import { machine, model, useMachine, warm } from './one-machine.ts';

// Before the agent compacts a conversation, it writes a summary into the project.

useMachine();

const SUMMARY = '<analysis>short</analysis><summary>They talked of figs.</summary>';
const project = (): string => join(machine.dataDir, 'conversations', warm.conversation, 'projects/main');

describe('with the real agent', () => {
  beforeEach(() => {
    mkdirSync(join(project(), '.claude'), { recursive: true });
    writeFileSync(join(project(), '.claude/settings.json'), JSON.stringify({ autoCompactWindow: 100_000 }));
  });

  test('/compact: written down, told, and the session goes on from the summary', async () => {
    model.reply('Noted', use('Bash', { command: 'echo hi' }), 'Two kinds');
    const first = message('I like figs, really!');
    await warm.run(newAttempt(), { messages: [first] });
    await warm.run(newAttempt(), { messages: [message('which kinds?')] });
    model.reply(SUMMARY);
    const compact = { ...message('/compact'), action: 'command' as const };
    const events = await warm.run(newAttempt(), { messages: [compact] });
    const compacted = events.find((event) => event.type === 'compacted');
    const day = new Date().toISOString().slice(0, 10);
    expect(compacted?.archived).toBe(`conversations/${day}-i-like-figs-really.md`);
    expect(results(events)).toMatchObject([{ text: 'Done: /compact', user_message_uuids: [compact.uuid] }]);
    const written = readFileSync(join(project(), compacted?.archived ?? ''), 'utf8');
    expect(written.slice(written.indexOf('## You'))).toBe(
      '## You\n\nI like figs, really!\n\n## Assistant\n\nNoted\n\n## You\n\nwhich kinds?\n\n## Assistant\n\n*(used Bash)*\n\nTwo kinds\n',
    );

    const wish = { ...message(first.uuid), action: 'undo' as const };
    const refused = await warm.run(newAttempt(), { messages: [wish] });
    expect(results(refused)[0]?.text).toContain('has been summarized');

    model.reply('Figs');
    const more = await warm.run(newAttempt(), { messages: [message('what do I like?')] });
    expect(results(more)[0]?.text).toBe('Figs');
    expect(model.lastTexts()).toEqual(['what do I like?']);
    expect(JSON.stringify(model.requests.at(-1)?.request)).toContain('They talked of figs.');

    // If the summary can't be written down, the agent continues anyway.
    const elsewhere = mkdtempSync(join(tmpdir(), 'roost-elsewhere-'));
    renameSync(join(project(), 'conversations'), join(project(), 'before'));
    symlinkSync(elsewhere, join(project(), 'conversations'));
    model.reply(SUMMARY);
    const unwritten = await warm.run(newAttempt(), { messages: [{ ...compact, uuid: message('').uuid }] });
    expect(unwritten.find((event) => event.type === 'compacted')).toEqual({ type: 'compacted' });
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(join(project(), 'conversations'));
  });

  test('by itself, when the context is full: written down and told in the middle of the turn', async () => {
    const long = () => [1, 2].map((n) => message(`${n} ${'many words '.repeat(5800)}`));
    model.reply('Hello', 'Read', SUMMARY, 'Still here');
    await warm.run(newAttempt(), { messages: [message('hello')] });
    await warm.run(newAttempt(), { messages: long() });
    const last = long();
    const events = await warm.run(newAttempt(), { messages: last });
    expect(results(events)).toMatchObject([
      { text: 'Still here', user_message_uuids: expect.arrayContaining(last.map(({ uuid }) => uuid)) },
    ]);
    const archived = events.find((event) => event.type === 'compacted')?.archived ?? '';
    expect(readFileSync(join(project(), archived), 'utf8')).toContain('## Assistant\n\nHello\n');
    expect(ended(events)).toMatchObject({ outcome: 'done' });
  });
});

describe('the written summary', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-archive-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const now = new Date('2026-11-21T12:00:00Z');
  const entry = (type: string, content: unknown, more: object = {}): string =>
    `${JSON.stringify({ type, uuid: Math.random().toString(), message: { role: type, content }, ...more })}\n`;
  const written = (cwd: string, transcript: string): string | null =>
    saveConversation(cwd, parseTranscript(transcript), now);

  test('names are safe in every language and never taken twice', () => {
    const cwd = mkdtempSync(join(folder, 'project-'));
    const said = (words: string): string | null => written(cwd, entry('user', words));
    expect(said('../../etc/passwd\u0000 “now”')).toBe('conversations/2026-11-21-etc-passwd-now.md');
    expect(said('../../etc/passwd\u0000 “now”')).toBe('conversations/2026-11-21-etc-passwd-now-2.md');
    expect(said('…!?')).toBe('conversations/2026-11-21-conversation.md');
    expect(said('Grüße aus Zürich')).toBe('conversations/2026-11-21-grüße-aus-zürich.md');
    expect(summaryNameOf('字'.repeat(300))).toBe('字'.repeat(50));
    expect(readdirSync(join(cwd, 'conversations'))).toHaveLength(4);
  });

  test('a summary that is too long to be saved whole says so at its end', () => {
    const cwd = mkdtempSync(join(folder, 'project-'));
    const path = written(cwd, entry('user', `all of it ${'x'.repeat(2_000_000)}`)) ?? '';
    const text = readFileSync(join(cwd, path), 'utf8');
    expect([text.length, text.endsWith('(The rest of this conversation was too long to save.)\n')]).toEqual([
      2_000_000,
      true,
    ]);
  });

  test('the words of the person and the agent since the last summary, and nothing of the agent’s own', () => {
    const cwd = mkdtempSync(join(folder, 'project-'));
    const transcript =
      entry('user', 'long ago') +
      entry('system', '', { subtype: 'compact_boundary' }) +
      entry('user', 'This session is being continued', { isCompactSummary: true }) +
      entry('user', '<local-command-caveat>x', { isMeta: true }) +
      entry('user', '<system-reminder>secret rules</system-reminder>hello') +
      entry('assistant', [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', name: 'Read', input: { file_path: '/x' } },
      ]) +
      entry('user', [{ type: 'tool_result', content: 'file content' }]) +
      entry('attachment', '', { attachment: { type: 'queued_command', prompt: 'and quickly' } }) +
      entry('assistant', [{ type: 'text', text: 'of a sub-agent' }], { isSidechain: true });
    const path = written(cwd, transcript) ?? '';
    const body = readFileSync(join(cwd, path), 'utf8');
    expect(body).toContain('## You\n\nhello\n\n## Assistant\n\nHi\n\n*(used Read)*\n\n## You\n\nand quickly\n');
    for (const not of ['long ago', 'being continued', 'secret rules', 'file content', 'sub-agent', 'caveat'])
      expect(body).not.toContain(not);
    expect(written(cwd, entry('assistant', 'nobody asked'))).toBeNull();
    expect(existsSync(join(cwd, path))).toBe(true);
  });
});
