import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { type ActionHost, type ActionMessage, type ActionSetup, Actions } from '../../vm/src/actions/actions.ts';
import type { OpenAgent } from '../../vm/src/agent/agent.ts';
import { forget, readMemory, remember } from '../../vm/src/agent/memory.ts';
import { type Workspace, workspaceOf } from '../../vm/src/workspace/workspace.ts';

// The memory of a person: one line per fact, bounded, whatever is said.

const folder = mkdtempSync(join(tmpdir(), 'roost-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (): Workspace => workspaceOf(mkdtempSync(join(folder, 'data-')), 'someone');

test('each fact is one line, known once, and what a hand wrote there stays', () => {
  const here = place();
  expect(readMemory(here)).toBeNull();
  expect(remember(here, '  likes figs ')).toEqual({ ok: true, line: 'likes figs' });
  writeFileSync(join(here.config, 'CLAUDE.md'), '# Me\n\n- likes figs\nand dates');
  remember(here, 'likes figs');
  remember(here, '# is called\nBea');
  expect(readMemory(here)).toBe('# Me\n\n- likes figs\nand dates\n- is called Bea');
});

test('any words add at most one bounded line without control characters', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 700 }), { maxLength: 5 }), (facts) => {
      const here = place();
      const said = facts.map((fact) => remember(here, fact));
      const kept = new Set(said.flatMap((result) => (result.ok ? [result.line] : [])));
      const lines = (readMemory(here) ?? '').split('\n').filter((line) => line !== '');
      expect(lines.map((line) => line.slice(2))).toEqual([...kept].map((line) => line));
      for (const line of lines) expect(line).toMatch(/^- [^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]{1,500}$/u);
    }),
    { numRuns: 200 },
  );
});

test('it is full at some point, and says so', () => {
  const here = place();
  const facts = Array.from({ length: 60 }, (_, n) => remember(here, `${n} ${'x'.repeat(400)}`));
  expect(facts[0]?.ok).toBe(true);
  expect(facts.at(-1)).toMatchObject({ ok: false, reason: expect.stringContaining('full') });
  expect(readFileSync(join(here.config, 'CLAUDE.md'), 'utf8').length).toBeLessThan(21_000);
  expect(forget(here, '7 XXX')).toMatchObject({
    ok: false,
    lines: expect.arrayContaining([expect.stringMatching(/^17 x/)]),
  });
  expect(forget(here, '- 31 xxx')).toMatchObject({ ok: true, line: expect.stringMatching(/^31 x/) });
  expect(remember(here, 'likes figs')).toEqual({ ok: true, line: 'likes figs' });
});

test('“forget” removes one remembered line, once, and nothing written by hand', () => {
  const here = place();
  remember(here, 'likes figs');
  remember(here, 'likes dates');
  writeFileSync(join(here.config, 'CLAUDE.md'), `# Likes\n\n${readMemory(here)}\n`);
  expect(forget(here, 'likes')).toEqual({ ok: false, lines: ['likes figs', 'likes dates'] });
  expect(forget(here, ' LIKES\nfigs ')).toEqual({ ok: true, line: 'likes figs' });
  expect(forget(here, 'likes figs')).toEqual({ ok: false, lines: [] });
  expect(forget(here, '')).toEqual({ ok: false, lines: ['likes dates'] });
  expect(readMemory(here)).toBe('# Likes\n\n- likes dates');
});

test('a link in its place is neither shown nor written through', () => {
  const here = place();
  mkdirSync(here.config, { recursive: true });
  const elsewhere = join(here.config, '../elsewhere.txt');
  writeFileSync(elsewhere, 'secret');
  symlinkSync(elsewhere, join(here.config, 'CLAUDE.md'));
  expect(readMemory(here)).toBeNull();
  expect(remember(here, 'likes figs').ok).toBe(true);
  expect(readFileSync(elsewhere, 'utf8')).toBe('secret');
  expect(existsSync(join(here.config, 'CLAUDE.md.new'))).toBe(false);
  expect(readMemory(here)).toBe('- likes figs');
});

test('a full memory says how to make room; /memory forget does, and then it takes more', async () => {
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const here = workspaceOf(dataDir, 'someone');
  for (let n = 0; remember(here, `${n} ${'x'.repeat(400)}`).ok; n++);
  for (let n = 0; remember(here, `z${n}`).ok; n++);
  const closeWarm = vi.fn(async () => undefined);
  const actions = new Actions({ dataDir, pool: { closeWarm } } as unknown as ActionSetup);
  const says = async (text: string): Promise<string> => {
    let said = '';
    const message = { uuid: 'u', text, action: 'memory' } as ActionMessage;
    await actions.perform(
      { conversation: 'someone', session: 'S' } as OpenAgent,
      message,
      {} as ActionHost,
      (signal) => {
        if (signal.type === 'answer') said = signal.answer.text;
      },
    );
    return said;
  };
  expect(await says('likes figs and dates')).toMatch(/^My memory is full\..*\/memory forget/);
  expect(closeWarm).not.toHaveBeenCalled();
  expect(await says('forget 7 xxx')).toMatch(/Which one should I forget\?\n- 7 x/);
  expect(await says('forget 31 xxx')).toMatch(/^I’ve forgotten: 31 x/);
  // A running agent has already read it.
  expect(closeWarm).toHaveBeenCalledWith('someone');
  expect(await says('likes figs and dates')).toBe('I’ll remember: likes figs and dates');
});
