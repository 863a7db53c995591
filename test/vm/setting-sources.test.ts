import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseSources, describeIgnored } from '../../vm/src/consent/setting-sources.ts';
import { type Workspace, workspaceOf } from '../../vm/src/workspace/workspace.ts';

// Whose settings Claude Code may read when the agent asks for consent: no file that could make it start a program.

let root: string;
let place: Workspace;
let cwd: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'roost-sources-'));
  place = workspaceOf(root, 'someone');
  cwd = join(place.projects, 'main');
  for (const folder of [place.config, join(cwd, '.claude')]) mkdirSync(folder, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const ALL = ['user', 'project', 'local'];
const project = (content: string): void => writeFileSync(join(cwd, '.claude/settings.json'), content);

test('files that are absent, empty or plain are read', () => {
  expect(chooseSources(place, cwd)).toEqual({ read: ALL, ignored: [] });
  project('{}');
  expect(chooseSources(place, cwd).read).toEqual(ALL);
  project('{"model":"sonnet","permissions":{"allow":["Bash(npm test)"]},"hooks":{},"outputStyle":"brief"}');
  expect(chooseSources(place, cwd).read).toEqual(ALL);
});

test.each([
  ['{"env":{"PATH":"./bin"}}', 'env'],
  ['{"apiKeyHelper":"./helper"}', 'apiKeyHelper'],
  ['{"statusLine":{"type":"command","command":"./line"}}', 'statusLine'],
  ['{"enabledPlugins":{"a@b":true}}', 'enabledPlugins'],
  ['{"permissions":{"additionalDirectories":["/"]}}', 'additionalDirectories'],
  ['{"permissions":{"defaultMode":"bypassPermissions"}}', 'defaultMode'],
  ['{"somethingOfTomorrow":1}', 'somethingOfTomorrow'],
  ['{"__proto__":{"env":{}}}', '__proto__'],
  ['[]', 'something other than an object'],
  ['{"model":', 'invalid JSON'],
  [`{"model":"${'x'.repeat(300_000)}"}`, 'too much'],
])('%.40s: the project is left out, and said why', (content, named) => {
  project(content);
  const { read, ignored } = chooseSources(place, cwd);
  expect(read).toEqual(['user', 'local']);
  expect(ignored).toEqual([{ source: 'project', settings: [named] }]);
  expect(describeIgnored(ignored)).toContain(`sets ${named}, `);
});

test('the person’s own and the local one likewise', () => {
  for (const path of [join(place.config, 'settings.json'), join(cwd, '.claude/settings.local.json')])
    writeFileSync(path, '{"env":{"BASH_ENV":"start"}}');
  expect(chooseSources(place, cwd).read).toEqual(['project']);
});

test('a link is not followed, and nothing is waited for: what is no ordinary file is left out', () => {
  writeFileSync(join(root, 'elsewhere.json'), '{"nameOfASecret":1}');
  symlinkSync(join(root, 'elsewhere.json'), join(cwd, '.claude/settings.json'));
  symlinkSync(join(root, 'gone.json'), join(cwd, '.claude/settings.local.json'));
  execFileSync('sh', ['-c', 'mkfifo "$0"', join(place.config, 'settings.json')]);
  const { read, ignored } = chooseSources(place, cwd);
  expect(read).toEqual([]);
  expect(ignored.map(({ settings }) => settings)).toEqual(Array(3).fill(['something other than a file']));
});
