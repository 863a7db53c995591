import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

// The workflows as text: they run only where the repository is hosted, so this test checks only for what would make
// them unsafe or idle.

const folder = join(import.meta.dirname, '../.github/workflows');
const files = readdirSync(folder);
const read = (path: string): string => readFileSync(path, 'utf8');
const root = (path: string): string => read(join(import.meta.dirname, '..', path));

/** Actions that may run other code tomorrow, or that name no version. */
const loose = (workflow: string): string[] =>
  [...workflow.matchAll(/^\s*(?:-\s+)?['"]?uses['"]?\s*:\s*(.+)$/gm)]
    .map((match) => match[1]?.trim() ?? '')
    .filter((use) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use));

describe.each(files)('%s', (file) => {
  const workflow = read(join(folder, file));

  test('actions are pinned by commit, with their version beside it', () => {
    expect(workflow.match(/uses:/g)?.length).toBeGreaterThan(0);
    expect(loose(workflow)).toEqual([]);
    for (const use of ['actions/checkout@v7', 'actions/checkout@main # v7.0.1', `a/b@${'0'.repeat(40)}`, 'docker://x'])
      expect(loose(`${workflow}\n      - uses: ${use}\n`)).toEqual([use]);
  });

  test('it may only read, every job ends, and nothing of the person’s is in it', () => {
    expect(workflow).toMatch(/^permissions:\n {2}contents: read\n\n/m);
    expect(workflow).not.toMatch(/^ {4}permissions:/m);
    expect(workflow).not.toMatch(/secrets\.|pull_request_target|write-all/);
    const jobs = workflow.match(/^ {2}[\w-]+:$/gm)?.filter((name) => !/push|pull_request|group/.test(name)) ?? [];
    expect(workflow.match(/^ {4}timeout-minutes: (\d+|\$\{\{ matrix\.minutes \}\})$/gm)).toHaveLength(jobs.length);
    expect(workflow.match(/persist-credentials: false/g)).toHaveLength(
      workflow.match(/actions\/checkout@/g)?.length ?? 0,
    );
  });
});

test('the commands are the repository’s own', () => {
  const workflow = read(join(folder, 'ci.yml'));
  for (const line of [
    'npm ci',
    'npm run check',
    'wrangler deploy --dry-run',
    'git diff --exit-code worker-configuration.d.ts',
    'test "$(docker exec agent ps -C node -o user=)" = roost',
    'if docker exec --user node agent cat /data/journal.db; then exit 1; fi',
  ])
    expect(workflow).toContain(line);
  const [, generated] = /running `(wrangler types[^`]*)`/.exec(root('worker-configuration.d.ts')) ?? [];
  expect(workflow).toContain(`npx ${generated} &&`);
  expect(workflow).toContain('file: vm/Dockerfile');
  const [, version] = /^FROM node:([\d.]+)-/m.exec(root('vm/Dockerfile')) ?? [];
  expect(new Set(workflow.match(/node-version: .*/g))).toEqual(new Set([`node-version: ${version}`]));
});

test('every project of vitest runs in one job of the matrix, each with its own bound', () => {
  const rings = [...read(join(folder, 'ci.yml')).matchAll(/^ +- \{ ring: (\w+), minutes: (\d+), projects: (.*) \}$/gm)];
  const run = rings.flatMap(([, , , projects]) =>
    [...(projects ?? '').matchAll(/--project (\w+)/g)].map(([, name]) => name),
  );
  const projects = [...root('vitest.config.ts').matchAll(/^ {6}(?:node\(| {4}name: )'(\w+)'/gm)].map(
    ([, name]) => name,
  );
  expect(projects.length).toBeGreaterThan(5);
  expect(run.toSorted()).toEqual(projects.toSorted());
  expect(rings.filter(([, , minutes]) => !(Number(minutes) > 0 && Number(minutes) <= 30))).toEqual([]);
});
