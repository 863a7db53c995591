import { expect, test } from 'vitest';
import { openedPull } from '../../../src/git/opened-pull.ts';

const ask = (kind: 'rest' | 'graphql', target: string, method: string, status: number, answer: unknown) =>
  openedPull({ kind, target }, { method, status, json: typeof answer === 'string' ? answer : JSON.stringify(answer) });
const PULLS = '/repos/mara/shop/pulls';
const made = (pullRequest: unknown) => ({ data: { createPullRequest: { pullRequest } } });

test.each([
  ['rest', PULLS, 'POST', 201, { number: 12 }, 12],
  ['graphql', '/graphql', 'POST', 200, made({ number: 12 }), 12],
  ['graphql', '/graphql', 'POST', 200, made({ id: 'PR_1', url: 'https://github.com/mara/shop/pull/7' }), 7],
  ['rest', PULLS, 'GET', 200, [{ number: 12 }], null],
  ['rest', PULLS, 'POST', 422, { number: 12 }, null],
  ['rest', `${PULLS}/12/comments`, 'POST', 201, { number: 12 }, null],
  ['rest', '/repos/mara/shop/issues', 'POST', 201, { number: 12 }, null],
  ['graphql', '/graphql', 'POST', 200, { data: { createPullRequest: null }, errors: [] }, null],
  ['graphql', '/graphql', 'POST', 200, made({ url: 'https://github.com/mara/shop/pull/7/files' }), null],
  ['graphql', '/graphql', 'POST', 200, { data: { body: '"createPullRequest"' } }, null],
  ['graphql', '/graphql', 'POST', 200, '"createPullRequest" is no JSON', null],
] as const)('%s %s %s, %i, %j: %s', (kind, target, method, status, answer, number) => {
  expect(ask(kind, target, method, status, answer)).toBe(number);
});
