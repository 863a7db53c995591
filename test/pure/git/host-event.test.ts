import { describe, expect, test } from 'vitest';
import { readHostEvent } from '../../../src/git/host-event.ts';
import {
  checkFailed,
  closed,
  HEAD,
  type HostWebhook,
  opened,
  PULL,
  reviewed,
  statusFailed,
} from '../../fixtures/host-events.ts';

const AT = '2026-11-23T10:00:00Z';
const NOW = Date.parse('2026-11-23T10:00:05Z');
const read = ({ name, body }: HostWebhook) => readHostEvent(name, body, 'github.com', NOW);
const change = ({ name, body }: HostWebhook, part: string, to: object): HostWebhook => ({
  name,
  body: { ...body, [part]: { ...(body[part] as object), ...to } },
});

test('a pull request that was opened, with its facts, by both keys of its repository', () => {
  expect(read(opened(AT))).toEqual({
    repository: 'github.com/mara/shop',
    id: 'github.com#4711',
    defaultBranch: null,
    at: Date.parse(AT),
    what: 'opened',
    pull: PULL,
  });
});

test.each([
  [closed(AT, true), { what: 'closed', pull: { state: 'merged' } }],
  [closed(AT, false), { what: 'closed', pull: { state: 'closed' } }],
  [reviewed(AT), { what: 'review', review: { id: '5', verdict: 'changes', author: 'robin' }, pull: { files: null } }],
  [reviewed(AT, { state: 'APPROVED' }), { what: 'review', review: { verdict: 'approved' } }],
  [checkFailed(AT, 'lint'), { what: 'check-failed', head: HEAD, numbers: [12], name: 'lint' }],
  [statusFailed(AT, 'ci/build'), { what: 'check-failed', head: HEAD, numbers: [], name: 'ci/build' }],
] as const)('%#: an event that is told', (event, expected) => {
  expect(read(event)).toMatchObject(expected);
});

test.each([
  ['an event of another name', { name: 'star', body: { action: 'created' } }],
  ['a name of every object', { name: 'constructor', body: {} }],
  ['a check that passed', checkFailed(AT, 'lint', { conclusion: 'success' })],
  ['a check that goes on', checkFailed(AT, 'lint', { conclusion: null })],
  ['a review that was dismissed', reviewed(AT, { state: 'dismissed' })],
  ['a label', { ...opened(AT), body: { ...opened(AT).body, action: 'labeled' } }],
] as const)('%s tells nothing', (_, event) => {
  expect(read(event)).toBeNull();
});

describe('another shape is refused', () => {
  test.each([
    ['no body', { name: 'pull_request', body: null as never }],
    ['a list', { name: 'check_run', body: [] as never }],
    ['no repository', { name: 'pull_request', body: { ...opened(AT).body, repository: undefined } }],
    ['a repository with a path', change(opened(AT), 'repository', { full_name: 'mara/shop/../else' })],
    ['a number that is none', change(opened(AT), 'pull_request', { number: -1 })],
    ['an address that runs', change(opened(AT), 'pull_request', { html_url: 'javascript:alert(1)' })],
    ['a commit that is none', change(checkFailed(AT, 'x'), 'check_run', { head_sha: 'HEAD' })],
  ])('%s', (_, event) => {
    expect(read(event)).toBe('malformed');
  });
});

test('foreign words become one visible, bounded line', () => {
  const title = `A \u202Etxt.exe\nB\u0000 ${'x'.repeat(10_000)}`;
  const event = read(change(opened(AT), 'pull_request', { title }));
  if (event === null || event === 'malformed' || event.what !== 'opened') throw new Error('not read');
  expect(event.pull.title).toMatch(/^A txt\.exe B x+…$/);
  expect([...event.pull.title]).toHaveLength(120);
});
