import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aliasOf } from '../../vm/src/claude/transcript.ts';
import { Transcript } from './transcript-file.ts';

// The scripted agent's memory keeps the real agent's rule: it never reads a known uuid again, whatever the message
// contained before.

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roost-transcript-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a message that was left and is asked again under another uuid is open under that one, and answered with it', () => {
  const path = join(folder, 'session.jsonl');
  const [own, other] = [randomUUID(), randomUUID()];
  const alias = aliasOf(own, 1);
  const transcript = new Transcript(path);
  transcript.user(own, 'm0001 please.');
  transcript.leave();
  transcript.user(other, 'm0002 please.');
  transcript.answer('m0002 done.');
  const standings = (): string[] => [own, other, alias].map((uuid) => new Transcript(path).standing(uuid));
  expect(standings()).toEqual(['answered', 'answered', 'unknown']);
  transcript.user(alias, 'm0001 please.');
  expect(standings()).toEqual(['answered', 'answered', 'open']);
  expect(new Transcript(path).open()).toEqual([alias]);
  transcript.answer('m0001 done.');
  expect(standings()).toEqual(['answered', 'answered', 'answered']);
});
