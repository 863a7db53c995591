import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { hasTitle } from '../bounds-table.ts';
import { MACHINE_POINTS, RELAY_POINTS } from './kill-points.ts';
import { type Patch, QUICK_LISTS, QUICK_LOOK_UPS, QUICK_PROBES, QUICK_TIME_OUT, QUICK_TRIES } from './patches.ts';
import { ADVANCED_LATER, QUICK_GIVING, STANDING_STILL } from './stand-stills.ts';
import { VARIANTS } from './variants/index.ts';

// Runs that take minutes patch the sources; this test shows at once whether each patch still fits.

const root = resolve(import.meta.dirname, '../..');

test.each<[string, readonly Patch[]]>([
  ['points inside the relay', RELAY_POINTS],
  ['points inside the agent server', MACHINE_POINTS],
  ['points of a schedule', STANDING_STILL],
  ['quicker looks', [QUICK_LOOK_UPS, QUICK_PROBES, QUICK_TIME_OUT, QUICK_TRIES, QUICK_LISTS, QUICK_GIVING]],
  ['a schedule that advances later', ADVANCED_LATER],
  ...VARIANTS.map(({ name, patches, quicker = [] }): [string, Patch[]] => [name, [...quicker, ...patches]]),
])('each place is in the source once: %s', (_name, patches) => {
  const times = ({ file, find }: Patch): number => readFileSync(join(root, file), 'utf8').split(find).length - 1;
  expect(patches.filter((patch) => times(patch) !== 1).map(({ file, find }) => `${file}: ${find}`)).toEqual([]);
});

test('each variant names a test that is there, and has its row in the README', () => {
  const readme = readFileSync(join(root, 'test/faults/README.md'), 'utf8');
  const isThere = (path: string, title: string): boolean =>
    existsSync(join(root, path)) && hasTitle(readFileSync(join(root, path), 'utf8'), title);
  const wanted = VARIANTS.flatMap(({ name, wrong, noticedBy }) => {
    const [, path = '', title = ''] = /^test\/([^:]+): (.+)$/.exec(noticedBy) ?? [];
    const row = `| \`${name}\` | ${wrong} | \`${path}\`: ${title} |`;
    return isThere(`test/${path}`, title) && readme.includes(`\n${row}\n`) ? [] : [row];
  });
  expect(wanted).toEqual([]);
});
